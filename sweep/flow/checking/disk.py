"""What a sweep writes, by what a part of one trial has written."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from pathlib import Path

_CHECKPOINTS = "model.ckpt-*"
_EVENTS = "tfevents"


@dataclass(frozen=True)
class Written:
    """What a training has written into its folder, in bytes."""

    checkpoint: int
    """The newest."""
    n_checkpoints: int
    """How many are there."""
    events: int
    other: int


@dataclass(frozen=True)
class Disk:
    """What a sweep writes, in bytes."""

    checkpoint: int
    """One of them."""
    n_checkpoints: int
    """How many a trial keeps."""
    events: int
    """The event files of a trial."""
    trial: int
    """All that a trial leaves."""
    sweep: int
    """All that its trials leave."""
    free: int
    """What the disk has room for."""

    @property
    def is_enough(self) -> bool:
        """Whether there is room for the sweep."""
        return self.sweep <= self.free


def written_in(folder: Path) -> Written:
    """What lies in a trial's folder."""
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
        written: what one training has written.
        n_checkpoints: how many a whole one keeps; None is as many as that had.
        part: which part of a whole training it was.
        n_trials: how many there are.
        results: need not exist yet.
    """
    n_kept = written.n_checkpoints if n_checkpoints is None else n_checkpoints
    events = math.ceil(written.events / part)
    trial = written.checkpoint * n_kept + events + written.other
    there = next(folder for folder in (results, *results.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    return Disk(written.checkpoint, n_kept, events, trial, n_trials * trial, free)
