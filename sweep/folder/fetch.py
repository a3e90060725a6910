"""Downloads what is needed of a trial from remote storage into the mirror.

If results are on a disk there is nothing to download, so readers can always ask for it. What this
mirror wrote last is as new here as there, or newer.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.folder.mirror import Mirror, find_mirror
from sweep.folder.push import CHECKPOINT_FILE, STATE, named_checkpoints

_MOST_TRIES = 5
_EVENTS = "events.out.tfevents."
_SMALL = frozenset({"params.json", "result.json"})
Wanted = Callable[[str, set[str]], bool]
"""Whether a file is wanted, by its name and the names of the checkpoints."""


def fetch_record(trial: TrialFolder) -> None:
    """Downloads the files that say what the trial is and how it ended.

    Raises:
        RemoteError: the storage cannot be used.
    """
    _fetch(trial, lambda name, _: name in _SMALL)


def recorded_at(trial: TrialFolder) -> tuple[datetime, datetime]:
    """When params.json and result.json, which must both exist, were written; with a time zone.

    Raises:
        RemoteError: the storage cannot be used.
    """
    mirror = find_mirror(trial.folder.parent.parent)
    params, result = (_written(mirror, file) for file in (trial.params, trial.result))
    return params, result


def _written(mirror: Mirror | None, file: Path) -> datetime:
    if mirror is not None:
        return mirror.remote.modified(file.relative_to(mirror.folder).as_posix())
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def fetch_study_record(study: StudyFolder) -> None:
    """Downloads the file that says what the study is, if it is missing here.

    Raises:
        RemoteError: the storage cannot be used.
    """
    mirror = find_mirror(study.results)
    if mirror is not None and not study.record.exists():
        with suppress(FileNotFoundError):
            mirror.remote.get(f"{study.name}/{study.record.name}", study.record)


def fetch_all(trial: TrialFolder) -> None:
    """Downloads everything for the next attempt at the trial; removes what no longer exists there.

    Raises:
        RemoteError: the storage cannot be used.
    """
    _fetch(trial, _is_in_use, is_all=True)


def fetch_to_continue(trial: TrialFolder) -> None:
    """Downloads the checkpoints, the event files and the exporters' files.

    Raises:
        RemoteError: the storage cannot be used.
    """
    _fetch(trial, lambda name, named: name.startswith("model/") and _is_in_use(name, named))


def fetch_model(trial: TrialFolder) -> None:
    """Downloads the record and the newest checkpoint.

    Raises:
        RemoteError: the storage cannot be used.
    """

    def is_wanted(name: str, named: set[str]) -> bool:
        is_other = name.startswith("model/export/") or _EVENTS in name
        is_of_model = name.startswith("model/") and not is_other
        return name in _SMALL or (is_of_model and _is_in_use(name, named))

    _fetch(trial, is_wanted, only_newest=True)


def fetch_log(trial: TrialFolder, log: str = "log.txt") -> None:
    """Downloads the log, or that of a task.

    Raises:
        RemoteError: the storage cannot be used.
    """
    _fetch(trial, lambda name, _: name == log)


def fetch_events(study: StudyFolder) -> None:
    """Downloads the event files of all trials.

    Raises:
        RemoteError: the storage cannot be used.
    """
    mirror = find_mirror(study.results)
    if mirror is None:
        return
    for name, size in mirror.remote.sizes(study.name).items():
        trial = study.folder / name.partition("/")[0]
        if _EVENTS in name and _writer(_read(trial / "params.json")) != mirror.id:
            _get(mirror, f"{study.name}/{name}", study.folder / name, size)


def _fetch(
    trial: TrialFolder, is_wanted: Wanted, *, is_all: bool = False, only_newest: bool = False
) -> None:
    mirror = find_mirror(trial.folder.parent.parent)
    if mirror is None:
        return
    for _ in range(_MOST_TRIES):
        try:
            _bring(mirror, trial.folder, is_wanted, is_all, only_newest)
        except FileNotFoundError:  # the checkpoint was replaced by a newer one meanwhile
            continue
        return


def _bring(
    mirror: Mirror, folder: Path, is_wanted: Wanted, is_all: bool, only_newest: bool
) -> None:
    remote, prefix = mirror.remote, "/".join(folder.relative_to(mirror.folder).parts)
    params, params_here = remote.read(f"{prefix}/params.json"), _read(folder / "params.json")
    if params is None or _is_newer_here(mirror, params_here, params):
        return
    if params != params_here and folder.exists():
        shutil.rmtree(folder)  # from an earlier attempt
    state = remote.read(f"{prefix}/{STATE}")
    there = remote.sizes(prefix)
    named = named_checkpoints(state)
    wanted = set(named[:1] if only_newest else named)
    for name, size in there.items():
        if name not in ("params.json", STATE) and is_wanted(name, wanted):
            _get(mirror, f"{prefix}/{name}", folder / name, size)
    if is_all:
        _remove_others(folder, there)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "params.json").write_bytes(params)
    if state is not None and is_wanted(STATE, wanted):
        (folder / STATE).parent.mkdir(exist_ok=True)
        (folder / STATE).write_bytes(state)
    elif state is None:
        (folder / STATE).unlink(missing_ok=True)


def _get(mirror: Mirror, name: str, file: Path, size: int) -> None:
    try:
        is_here = file.stat().st_size == size
    except FileNotFoundError:
        is_here = False
    if not is_here:
        mirror.remote.get(name, file)


def _remove_others(folder: Path, there: dict[str, int]) -> None:
    for file in folder.rglob("*"):
        if not file.is_dir() and file.relative_to(folder).as_posix() not in there:
            file.unlink()


def _is_in_use(name: str, named: set[str]) -> bool:
    """Whether it is not a checkpoint, or one of the named ones."""
    checkpoint = CHECKPOINT_FILE.fullmatch(name)
    return checkpoint is None or Path(checkpoint[1]).name in named


def _is_newer_here(mirror: Mirror, here: bytes | None, there: bytes) -> bool:
    """Whether the last attempt ran in this mirror, even if not all of it is uploaded yet."""
    ours, theirs = _content(here), _content(there)
    is_ours = ours.get("mirror") == mirror.id
    is_later = ours.get("attempt", 0) > theirs.get("attempt", 0)
    return is_ours and (is_later or theirs.get("mirror") == mirror.id)


def _writer(params: bytes | None) -> str | None:
    """The mirror that the last attempt ran in, from params.json."""
    return _content(params).get("mirror")


def _content(params: bytes | None) -> dict[str, Any]:
    try:
        content: Any = json.loads(params or b"")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
