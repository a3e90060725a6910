"""What a sweep says of itself while it runs, for whoever shows it."""

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
    """The total that the study gets."""
    can_grow: bool
    """Whether a larger total would add to it."""
    finished: tuple[FrozenTrial, ...]
    """The trials that it has already."""
    n_jobs: int
    waiting: tuple[int, ...] = ()
    """The numbers of those that wait to be started, or to be taken up again."""
    aggregate: str = "mean"
    """What the value of a configuration is that is trained several times: mean or median."""
    constraints: tuple[str, ...] = ()
    """What the metrics of its trials must keep, as in `latency <= 20`."""
    most_trainings: int | None = None
    """Of a confirmation: how many it takes at most."""


@dataclass(frozen=True)
class TrialStarted:
    """An attempt at a trial has started."""

    number: int
    attempt: int
    params: Mapping[str, Any]
    continues: int | None = None
    """The trial that it goes on from, if it does."""


@dataclass(frozen=True)
class NodesChanged:
    """The machines that trials run on are others than before, where they are several."""

    slots: Mapping[str, int]
    """How many trials run at a time on each, by its name."""


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
    """An evaluation goes on: it has taken `n_batches` of at most `steps`, if it has an end."""

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
    """An attempt's process was lost; another goes on from the trial's last checkpoint."""

    number: int
    failure: str


@dataclass(frozen=True)
class TrialEnded:
    """A trial was told to the study, or put back (state WAITING) to be taken up again."""

    trial: FrozenTrial


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
    | Notice
)
Listener = Callable[[Event], None]
