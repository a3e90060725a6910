"""What a sweep writes to the disk, estimated from what a part of one trial wrote."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from pathlib import Path

_CHECKPOINTS = "model.ckpt-*"
_EVENTS = "tfevents"


@dataclass(frozen=True)
class Written:
    """What a training wrote into its folder, in bytes."""

    checkpoint: int
    """The newest checkpoint."""
    n_checkpoints: int
    """How many checkpoints there are."""
    events: int
    other: int


@dataclass(frozen=True)
class Disk:
    """What a sweep writes, in bytes."""

    checkpoint: int
    """One checkpoint."""
    n_checkpoints: int
    """How many checkpoints a trial keeps."""
    events: int
    """The event files of a trial."""
    trial: int
    """All that a trial leaves on the disk."""
    sweep: int
    """All that its trials leave on the disk."""
    free: int
    """The free space on the disk."""

    @property
    def is_enough(self) -> bool:
        """Whether there is room for the sweep."""
        return self.sweep <= self.free


def written_in(folder: Path) -> Written:
    """What a trial's folder contains."""
    sizes = {file: file.stat().st_size for file in folder.rglob("*") if file.is_file()}
    checkpoints: dict[Path, int] = {}
    for file in folder.rglob(_CHECKPOINTS):
        checkpoint = file.with_suffix("")
        checkpoints[checkpoint] = checkpoints.get(checkpoint, 0) + sizes.get(file, 0)
    newest = max(checkpoints, key=lambda each: int(each.name.rpartition("-")[2]), default=None)
    events = sum(size for file, size in sizes.items() if _EVENTS in file.name)
    return Written(
        checkpoint=0 if newest is None else checkpoints[newest],
        n_checkpoints=len(checkpoints),
        events=events,
        other=sum(sizes.values()) - sum(checkpoints.values()) - events,
    )


def disk_of(
    written: Written, n_checkpoints: int | None, part: float, n_trials: int, results: Path
) -> Disk:
    """What a sweep into this results folder writes.

    Args:
        written: what one training wrote.
        n_checkpoints: how many checkpoints a whole training keeps; None is as many as this one.
        part: which part of a whole training it was, from 0 to 1.
        n_trials: the number of trials.
        results: the results folder, which does not have to exist yet.
    """
    n_kept = written.n_checkpoints if n_checkpoints is None else n_checkpoints
    events = math.ceil(written.events / part)
    trial = written.checkpoint * n_kept + events + written.other
    there = next(folder for folder in (results, *results.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    return Disk(written.checkpoint, n_kept, events, trial, n_trials * trial, free)
