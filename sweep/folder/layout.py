"""Where things are: every path in a results folder is made in this one place.

<results>/studies.db                      all studies, one SQLite database
<results>/studies.db-<study>.lock         the process that sweeps the study (see storage.lock)
<results>/<study>/study.json              what the study is, to rebuild it from its folders
<results>/<study>/load.txt                what the study file wrote to stderr when loaded
<results>/<study>/events.out.tfevents.hparams  the columns of TensorBoard's HParams tab
<results>/<study>/trial-0007/params.json  what this trial is
<results>/<study>/trial-0007/model/       its model_dir
<results>/<study>/trial-0007/log.txt      everything it printed
<results>/<study>/trial-0007/worker-0.log.txt  the same of a task, if the trial is a cluster
<results>/<study>/trial-0007/result.json  how it ended
<results>/<study>/trial-0007/broken/      checkpoints that could not be read
<results>/<study>/trial-0007/held/        the checkpoint to continue from, while a program starts
<results>/<study>/trial-0007/hypertune.json  metrics that a program reports with cloudml-hypertune
<results>/<study>/trial-0007/events.out.tfevents.hparams  its params in that tab
<results>/<study>/trial-0007/events.out.tfevents.metrics  its final metrics in that tab
<results>/<study>/trial-0007/stop         exists while somebody wants the trial to stop
<results>/mirror.json                     the remote folder that this one mirrors, if it does
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.errors import UsageError
from sweep.folder.atomic import write_json
from sweep.folder.mirror import find_mirror

RESULTS = Path("results")

_HPARAMS = "events.out.tfevents.hparams"
_FINAL_METRICS = "events.out.tfevents.metrics"
_NAME = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,80}")


@dataclass(frozen=True)
class TrialFolder:
    """The folder of one trial."""

    folder: Path

    @property
    def params(self) -> Path:
        return self.folder / "params.json"

    @property
    def model_dir(self) -> Path:
        return self.folder / "model"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    @property
    def result(self) -> Path:
        return self.folder / "result.json"

    @property
    def broken(self) -> Path:
        return self.folder / "broken"

    @property
    def held(self) -> Path:
        return self.folder / "held"

    @property
    def hypertune(self) -> Path:
        return self.folder / "hypertune.json"

    def of_task(self, task: str, kind: str) -> Path:
        """The file of this kind that belongs to one task, if the trial is a cluster."""
        return self.folder / f"{task}.{kind}"

    @property
    def hparams(self) -> Path:
        return self.folder / _HPARAMS

    @property
    def final_metrics(self) -> Path:
        return self.folder / _FINAL_METRICS

    @property
    def stop(self) -> Path:
        return self.folder / "stop"

    def beside(self, number: int) -> TrialFolder:
        """The folder of another trial of the same study."""
        return TrialFolder(self.folder.with_name(_trial(number)))

    @property
    def has_checkpoint(self) -> bool:
        """Whether the file exists in which a model_dir names its checkpoints."""
        if (self.model_dir / "checkpoint").exists():
            return True
        mirror = find_mirror(self.folder.parent.parent)
        name = f"{self.folder.parent.name}/{self.folder.name}/model"
        return mirror is not None and "checkpoint" in mirror.remote.sizes(name)

    @property
    def address(self) -> str:
        """Where others find the model_dir: its path, or its URL."""
        mirror = find_mirror(self.folder.parent.parent)
        if mirror is None:
            return str(self.model_dir)
        place = self.model_dir.relative_to(mirror.folder)
        return mirror.remote.address(place.as_posix())

    def read_params(self) -> dict[str, Any] | None:
        """The content of params.json; None if it is missing or cannot be read."""
        return _read_json(self.params)

    def write_result(self, result: Mapping[str, Any]) -> None:
        """Writes result.json completely.

        Raises:
            OSError: it cannot be written.
        """
        write_json(self.result, result, synced=True)

    def read_result(self) -> dict[str, Any] | None:
        """The content of result.json; None if it is missing or cannot be read."""
        return _read_json(self.result)

    def ask_to_stop(self) -> None:
        """Asks the sweep that runs the trial to stop it."""
        self.folder.mkdir(parents=True, exist_ok=True)  # of remote results, it may be elsewhere
        self.stop.touch()

    @property
    def is_asked_to_stop(self) -> bool:
        """Whether somebody has asked since the attempt claimed the folder."""
        return self.stop.exists()

    def last_words(self) -> str:
        """The last line of the log; empty if there is none."""
        return last_line(self.log)


@dataclass(frozen=True)
class StudyFolder:
    """The folder of one study and the folders of its trials.

    Raises:
        UsageError: the study's name cannot be a folder's name.
    """

    results: Path
    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UsageError(
                f"A study's name becomes a folder: {self.name!r} must be 1 to 80 characters of "
                "A-Z, a-z, 0-9, '.', '_' and '-', and must not start with '.'."
            )

    @property
    def folder(self) -> Path:
        return self.results.resolve() / self.name

    @property
    def address(self) -> str:
        """Where others find the folder: its path, or its URL."""
        mirror = find_mirror(self.results)
        return str(self.folder) if mirror is None else mirror.remote.address(self.name)

    @property
    def record(self) -> Path:
        return self.folder / "study.json"

    def read_record(self) -> dict[str, Any] | None:
        """The content of study.json; None if it is missing or cannot be read."""
        return _read_json(self.record)

    @property
    def load_log(self) -> Path:
        return self.folder / "load.txt"

    @property
    def hparams(self) -> Path:
        return self.folder / _HPARAMS

    def trial(self, number: int) -> TrialFolder:
        return TrialFolder(self.folder / _trial(number))

    def trial_numbers(self) -> list[int]:
        """The numbers of the trials that have a folder, here or remotely, in ascending order."""
        mirror = find_mirror(self.results)
        there = mirror.remote.folders(self.name) if mirror is not None else ()
        names = {folder.name for folder in self.folder.glob("trial-*")}.union(there)
        numbers = (name.removeprefix("trial-") for name in names if name.startswith("trial-"))
        return sorted(int(number) for number in numbers if number.isdecimal())


def last_line(log: Path) -> str:
    """The last line of a file; empty if there is none."""
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""


class ModelDirs:
    """Finds the model_dirs of a study: a results folder may be moved, copied, or remote.

    Args:
        results: the results folder that the study is read from.
    """

    def __init__(self, results: Path) -> None:
        self._results = results.resolve()
        self._mirror = find_mirror(results)
        self._known: dict[str, frozenset[str]] = {}

    def find(self, recorded: str) -> str:
        """A recorded model_dir with its full path, in this results folder if that has the trial."""
        place = Path(recorded)
        study, trial = place.parent.parent.name, place.parent.name
        if self._mirror is not None:
            return self._mirror.remote.address(f"{study}/{trial}/{place.name}")
        if study not in self._known:
            folder = self._results / study
            self._known[study] = frozenset(
                found.name for found in (folder.iterdir() if folder.is_dir() else ())
            )
        is_here = trial in self._known[study]
        return str(self._results / study / trial / place.name) if is_here else recorded


def _trial(number: int) -> str:
    return f"trial-{number:04d}"


def _read_json(file: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
