"""What a trial's process and the sweep say to each other over their pipe.

Down, once: Resources and an Order. Up: Started, any number of Progressed and Evaluated, and at
last Ended. Down: an Answer to every Evaluated, and Stop at any time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from sweep.paths import TrialPaths


@dataclass(frozen=True)
class Resources:
    """What one slot may use of the machine."""

    threads: int
    """Threads for TensorFlow's ops, and for OpenMP and BLAS."""
    gpu: str | None = None
    """The one GPU that the trial sees, as CUDA_VISIBLE_DEVICES names it; None leaves it be."""


@dataclass(frozen=True)
class Order:
    """One attempt at one trial."""

    number: int
    attempt: int
    """1 for the first; a later one goes on from the checkpoint of the one before."""
    params: dict[str, Any]
    seed: int
    paths: TrialPaths
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


@dataclass(frozen=True)
class Progressed:
    """Training has reached `step`."""

    step: int


@dataclass(frozen=True)
class Evaluated:
    """An evaluation of the checkpoint at `step`; the trial waits for an Answer."""

    step: int
    metrics: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended."""

    state: str
    """COMPLETE, PRUNED or FAIL, as Optuna's TrialState; WAITING when it was stopped and may be
    taken up again."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """The last evaluation."""
    failure: str | None = None
    """Why it is FAIL: a reason (nan loss, metric, exception, signal, exit), then what was seen."""
    evaluations: list[dict[str, Any]] = field(default_factory=list)
    """Every evaluation of this attempt: its step and its metrics."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Where the time went: build, train and evaluate."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Ended:
    """The attempt is over and its result is on the disk."""

    outcome: Outcome


Upward = Started | Progressed | Evaluated | Ended
