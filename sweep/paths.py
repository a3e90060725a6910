"""Every path of a sweep, formed in this one place, and files that are written whole.

<results>/studies.db                      all studies, one SQLite database
<results>/studies.db-<study>.lock         which process sweeps the study (see storage.lock)
<results>/<study>/load.txt                what the study file wrote to stderr when loaded
<results>/<study>/events.out.tfevents.hparams  what TensorBoard's HParams tab has columns for
<results>/<study>/trial-0007/params.json  what this trial is
<results>/<study>/trial-0007/model/       its model_dir
<results>/<study>/trial-0007/log.txt      everything it printed
<results>/<study>/trial-0007/result.json  how it ended
<results>/<study>/trial-0007/broken/      checkpoints that could not be read
<results>/<study>/trial-0007/events.out.tfevents.hparams  its row in that tab
<results>/<study>/trial-0007/stop         there while somebody wants the trial to end
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.errors import UsageError

STUDIES = Path("studies")
RESULTS = Path("results")
DEFAULT_STUDY = "digits_mlp"

_HPARAMS = "events.out.tfevents.hparams"
_NAME = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,80}")


def storage_url(results: Path) -> str:
    """The URL of the SQLite database that holds every study of a results folder."""
    from sqlalchemy.engine import URL  # here, for a trial's process has no use for it

    return URL.create("sqlite", database=str(results / "studies.db")).render_as_string()


@dataclass(frozen=True)
class TrialPaths:
    """The files of one trial."""

    folder: Path

    @property
    def params(self) -> Path:
        return self.folder / "params.json"

    @property
    def model_dir(self) -> Path:
        return self.folder / "model"

    @property
    def has_checkpoint(self) -> bool:
        """Whether there is the file by which a model_dir names its checkpoints."""
        return (self.model_dir / "checkpoint").exists()

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
    def hparams(self) -> Path:
        return self.folder / _HPARAMS

    @property
    def stop(self) -> Path:
        return self.folder / "stop"


@dataclass(frozen=True)
class StudyPaths:
    """The folder of one study and the folders of its trials.

    Raises:
        UsageError: the study's name cannot be a folder's name.
    """

    results: Path
    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UsageError(
                f"A study's name becomes a folder: {self.name!r} must be 1 to 80 characters out of "
                "A-Z, a-z, 0-9, '.', '_' and '-', and must not begin with '.'."
            )

    @property
    def folder(self) -> Path:
        return self.results.resolve() / self.name

    @property
    def load_log(self) -> Path:
        return self.folder / "load.txt"

    @property
    def hparams(self) -> Path:
        return self.folder / _HPARAMS

    def trial(self, number: int) -> TrialPaths:
        return TrialPaths(self.folder / f"trial-{number:04d}")

    def trial_numbers(self) -> list[int]:
        """The numbers of the trials that have a folder, in ascending order."""
        folders = self.folder.glob("trial-*")
        return sorted(
            int(n) for n in (f.name.removeprefix("trial-") for f in folders) if n.isdecimal()
        )


def write_json(path: Path, content: Any) -> None:
    """Writes JSON whole or not at all; what JSON cannot hold is written as its repr."""
    write_text(path, json.dumps(content, indent=2, default=repr) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes text whole or not at all."""
    temporary = path.with_suffix(path.suffix + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
