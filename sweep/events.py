"""The events that a sweep reports while it runs, for whatever shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial


@dataclass(frozen=True)
class SweepStarted:
    """The study is open and every check has passed."""

    study_name: str
    metrics: tuple[str, ...]
    directions: tuple[str, ...]
    folder: Path
    n_trials: int
    """The total number of trials that the study gets."""
    can_grow: bool
    """Whether a larger total would add trials."""
    finished: tuple[FrozenTrial, ...]
    """The finished trials that it already has."""
    n_jobs: int
    waiting: tuple[int, ...] = ()
    """The numbers of the trials that wait to start or to continue."""
    aggregate: str = "mean"
    """How the trainings of a configuration become its value: mean or median."""
    constraints: tuple[str, ...] = ()
    """The limits on the metrics of its trials, as in `latency <= 20`."""
    most_trainings: int | None = None
    """For a confirmation: how many trainings it takes at most."""
    identity: str = ""
    """What distinguishes the study from every other study, even one of the same name."""


@dataclass(frozen=True)
class TrialStarted:
    """An attempt at a trial has started."""

    number: int
    attempt: int
    params: Mapping[str, Any]
    continues: int | None = None
    """The trial that it continues, if any."""


@dataclass(frozen=True)
class NodesChanged:
    """The set of machines that trials run on has changed, if there are several."""

    slots: Mapping[str, int]
    """How many trials run at a time on each machine, by its name."""


@dataclass(frozen=True)
class TrialPlaced:
    """An attempt has started on one of several machines."""

    number: int
    host: str


@dataclass(frozen=True)
class TrialProgressed:
    """Training has reached `step` of `max_steps`, if it has an end in steps."""

    number: int
    step: int
    max_steps: int | None


@dataclass(frozen=True)
class TrialEvaluating:
    """An evaluation is running: it has done `n_batches` of at most `steps`, if it has an end."""

    number: int
    n_batches: int
    steps: int | None


@dataclass(frozen=True)
class TrialEvaluated:
    """A checkpoint was evaluated."""

    number: int
    step: int
    metrics: Mapping[str, Any]


@dataclass(frozen=True)
class AttemptLost:
    """An attempt lost its process; another attempt continues from the trial's last checkpoint."""

    number: int
    failure: str


@dataclass(frozen=True)
class TrialEnded:
    """A trial was told to the study, or put back (state WAITING) to continue later."""

    trial: FrozenTrial


@dataclass(frozen=True)
class SweepStopping:
    """No more trials start, although the total is not reached."""


@dataclass(frozen=True)
class Notice:
    """Something that the person should know, in plain sentences."""

    text: str


Event = (
    SweepStarted
    | TrialStarted
    | NodesChanged
    | TrialPlaced
    | TrialProgressed
    | TrialEvaluating
    | TrialEvaluated
    | AttemptLost
    | TrialEnded
    | SweepStopping
    | Notice
)
Listener = Callable[[Event], None]
