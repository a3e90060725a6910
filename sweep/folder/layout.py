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

import re
from dataclasses import dataclass
from pathlib import Path

from sweep.errors import UsageError

RESULTS = Path("results")

_HPARAMS = "events.out.tfevents.hparams"
_NAME = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,80}")


@dataclass(frozen=True)
class TrialFolder:
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

    def trial(self, number: int) -> TrialFolder:
        return TrialFolder(self.folder / f"trial-{number:04d}")

    def trial_numbers(self) -> list[int]:
        """The numbers of the trials that have a folder, in ascending order."""
        folders = self.folder.glob("trial-*")
        return sorted(
            int(n) for n in (f.name.removeprefix("trial-") for f in folders) if n.isdecimal()
        )
