"""What a trial's process and the sweep say to each other over their pipe.

Down, once: Resources and an Order. Up: Started, any number of Progressed and Evaluated, and at
last Ended. Down: an Answer to every Evaluated, and Stop at any time.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from sweep.folder.layout import TrialFolder


@dataclass(frozen=True)
class Resources:
    """What one slot may use of the machine."""

    threads: int
    """Threads for TensorFlow's ops, and for OpenMP and BLAS."""
    gpu: str | None = None
    """The one GPU that the trial sees, as CUDA_VISIBLE_DEVICES names it; None leaves it be."""


@dataclass(frozen=True)
class Leg:
    """Which part of a training a trial is: all of it, unless something else is said."""

    source: Path | None = None
    """The model_dir of the trial that it continues."""
    share: float = 1.0
    """How much of max_steps is done when it ends; less than the whole pauses it there."""
    max_steps: int | None = None
    """Instead of the TrainSpec's."""


WHOLE = Leg()


@dataclass(frozen=True)
class Order:
    """One attempt at one trial."""

    number: int
    attempt: int
    """1 for the first; a later one goes on from the checkpoint of the one before."""
    params: dict[str, Any]
    seed: int
    paths: TrialFolder
    leg: Leg = WHOLE
    evaluate_every: int | None = None
    """Steps between evaluations, where the study's `build` does not say otherwise; None leaves
    it to the study."""
    check_only: bool = False
    """Build the trial and say whether it can be trained, without training it."""


@dataclass(frozen=True)
class Answer:
    """The sweep's word on an evaluation."""

    prune: bool


@dataclass(frozen=True)
class Stop:
    """Save a checkpoint and end; the trial is taken up again later."""


@dataclass(frozen=True)
class Started:
    """The model is built."""

    max_steps: int | None
    """Where this leg of the training ends."""
    broken: tuple[str, ...] = ()
    """Checkpoints that could not be read and were put aside."""
    save_checkpoints_steps: int | None = None
    save_checkpoints_secs: int | None = None
    """When checkpoints are saved, as its RunConfig says; one of these is None."""


@dataclass(frozen=True)
class Progressed:
    """Training has reached `step`."""

    step: int


@dataclass(frozen=True)
class Evaluated:
    """An evaluation of the checkpoint at `step`; the trial waits for an Answer."""

    step: int
    metrics: dict[str, Any]


LOST_PROCESS = ("signal", "exit", "out of memory", "stalled")
"""Reasons of a failure that are not the model's fault."""
CRASHES = ("signal: SIGSEGV", "signal: SIGABRT", "signal: SIGBUS", "exit", "out of memory")
"""Failures of a process by itself, which may well come again."""


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended."""

    state: str
    """COMPLETE, PRUNED or FAIL, as Optuna's TrialState; WAITING when it was stopped and may be
    taken up again; PAUSED when it has done its leg, and another trial may continue it."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """The last evaluation."""
    failure: str | None = None
    """Why it is FAIL: a reason, a colon, and what was seen. The reasons are those of LOST_PROCESS;
    disk full; mismatch, of a folder that is another trial's or of a checkpoint that is another
    model's; no checkpoint, to continue from; and nan loss, no data, metric, exception, which are
    the model's fault."""
    evaluations: list[dict[str, Any]] = field(default_factory=list)
    """Every evaluation of this attempt: its step and its metrics."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Where the time went: build, train and evaluate."""

    @property
    def kind(self) -> str:
        """Its state and, if it failed, the reason with the type of the exception."""
        return ": ".join([self.state, *str(self.failure or "").split(": ")[:2]])

    @property
    def process_was_lost(self) -> bool:
        """Whether it failed by the process, not by the model: another attempt may do better."""
        return self.failure is not None and self.failure.partition(":")[0] in LOST_PROCESS

    @property
    def disk_was_full(self) -> bool:
        """Whether it failed for want of room: it may go on where there is some."""
        return str(self.failure).startswith("disk full")

    @property
    def most_retries(self) -> int:
        """A crash is likely to come again, so it gets one more attempt at most."""
        crashed = str(self.failure).startswith(CRASHES)
        return 1 if crashed else sys.maxsize

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The outcome that `to_json` wrote; what else is there is passed over."""
        return cls(**{field.name: content[field.name] for field in fields(cls)})


@dataclass(frozen=True)
class Ended:
    """The attempt is over and its result is on the disk."""

    outcome: Outcome


Upward = Started | Progressed | Evaluated | Ended
