"""Deleting a study from its database, the folders of its trials, or both."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import optuna

from sweep import attrs
from sweep.errors import BusyError, NoStudiesError, StorageError
from sweep.folder.layout import StudyFolder
from sweep.folder.mirror import find_mirror
from sweep.results.trials import trials_of
from sweep.storage.database import open_existing, open_for_reading
from sweep.storage.lock import sole_sweep
from sweep.storage.reading import read_holders, read_trials, summarize_study
from sweep.storage.uploaded import uploaded
from sweep.storage.url import is_sqlite, parse


@dataclass(frozen=True)
class Deletable:
    """What exists of a study."""

    n_trials: int | None
    """How many trials it has in the database; None if it is not in the database."""
    n_bytes: int | None
    """The size of its folder, here and on remote storage; None if there is no folder."""


def find(folder: StudyFolder, url: str) -> Deletable:
    """What exists of a study; nothing is deleted.

    Raises:
        StorageError: nothing of it exists, or its folder belongs to another study.
    """
    n_trials, missing = None, None
    try:
        engine = open_for_reading(url)
        summary = summarize_study(engine, folder.name)
        trials = trials_of(summary, read_trials(engine, folder.name, attrs=[attrs.SEED]))
        n_trials = len(trials.numbers)
        _refuse_foreign(folder, dict(trials.columns.get(attrs.SEED, {})))
    except StorageError as error:
        if n_trials is not None:
            raise
        missing = error
    n_bytes = _size(folder)
    if missing is not None and (n_bytes is None or not _is_absence(missing, folder, url)):
        raise missing
    return Deletable(n_trials, n_bytes)


def delete(
    folder: StudyFolder,
    url: str,
    say: Callable[[str], None],
    *,
    study: bool = True,
    folders: bool = True,
) -> None:
    """Deletes a study that nobody is sweeping. If it is killed, a second call finishes the work.

    Args:
        folder: the folder of the study.
        url: the URL of the database.
        say: gets a notice when it is slow.
        study: whether to delete it from the database.
        folders: whether to delete the folders of its trials.

    Raises:
        BusyError: it is being swept.
        StorageError: it cannot be deleted.
    """
    there = find(folder, url)
    with _held(folder, url, say):
        if folders and there.n_bytes is not None:
            _remove(folder)
        if study and there.n_trials is not None:
            optuna.delete_study(study_name=folder.name, storage=open_existing(url))


@contextmanager
def _held(folder: StudyFolder, url: str, say: Callable[[str], None]) -> Iterator[None]:
    """Ensures that nobody sweeps the study while the block runs."""
    if not is_sqlite(parse(url)):
        with suppress(StorageError):
            if holders := read_holders(open_for_reading(url), folder.name):
                raise BusyError(
                    f"Study {folder.name!r} is being swept by process {holders[0].pid} on "
                    f"{holders[0].host}: stop it with `sweep stop {folder.name}` first."
                )
        yield
        return
    with sole_sweep(url, folder.name), uploaded(folder.results, folder.name, url, say):
        yield


def _is_absence(error: StorageError, folder: StudyFolder, url: str) -> bool:
    """Whether an error says that there is no database, or that it does not have the study."""
    if isinstance(error, NoStudiesError):
        return True
    with suppress(StorageError):
        return folder.name not in optuna.get_all_study_names(open_existing(url))
    return False


def _refuse_foreign(folder: StudyFolder, seeds: dict[int, int]) -> None:
    for number in folder.trial_numbers():
        recorded = folder.trial(number).read_params()
        if recorded is not None and number in seeds and recorded.get("seed") != seeds[number]:
            raise StorageError(
                f"{folder.trial(number).folder} is not the folder of trial {number} in this "
                "database, so nothing was deleted: give the right --results and --storage."
            )


def _size(folder: StudyFolder) -> int | None:
    mirror = find_mirror(folder.results)
    there = {} if mirror is None else mirror.remote.sizes(folder.name)
    if there:
        return sum(there.values())
    return _bytes_in(folder.folder) if folder.folder.is_dir() else None


def _bytes_in(folder: Path) -> int:
    """The size of the files below a folder; a file with several names counts once."""
    files = (file.lstat() for file in folder.rglob("*") if not file.is_dir())
    return sum({(stat.st_dev, stat.st_ino): stat.st_size for stat in files}.values())


def _remove(folder: StudyFolder) -> None:
    if folder.folder.is_symlink():
        raise StorageError(
            f"{folder.folder} is a link to {folder.folder.resolve()}, so nothing was deleted: "
            "remove it by hand."
        )
    mirror = find_mirror(folder.results)
    if mirror is not None:
        there = mirror.remote.sizes(folder.name)
        mirror.remote.remove(f"{folder.name}/{name}" for name in there)
    try:
        shutil.rmtree(folder.folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(
            f"{folder.folder} cannot be deleted: {error.strerror}. Run the same command again to "
            "continue."
        ) from error
