"""What a check found out about a study."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.flow.checking.agreement import Agreement
from sweep.flow.checking.disk import Disk
from sweep.flow.checking.evaluations import EvaluationTimes
from sweep.flow.checking.idle_params import ParamsTried
from sweep.flow.checking.timing import Timing
from sweep.trial.messages import Arrays


@dataclass(frozen=True)
class Trial:
    """What one trial costs."""

    timing: Timing
    n_steps: int | None
    """How many steps it has; None if only its program knows."""
    n_trained: int
    """How many steps were trained to find this out."""
    n_evaluations: int | None
    seconds: float | None
    """How long it takes; None if its end is unknown."""


@dataclass(frozen=True)
class Cost:
    """What a sweep costs."""

    n_trials: int
    """How many trials are missing; configurations, if they are trained in legs."""
    n_jobs: int
    loading: float
    """The seconds until its first trial starts: imports, and loading the study."""
    seconds: float | None
    """How long it takes in total; None if the end of a trial is unknown."""
    is_most: bool
    """Whether trials can end earlier."""


@dataclass(frozen=True)
class Checked:
    """What a check found out about a study that can be swept."""

    study: str
    metrics: tuple[str, ...]
    directions: tuple[str, ...]
    constraints: tuple[str, ...]
    """The limits on the metrics of a trial."""
    trials: tuple[Trial, ...]
    """Trials with different params."""
    cost: Cost
    evaluations: EvaluationTimes
    acts: str
    """What ends or pauses trials by their evaluations, in words."""
    can_act: bool
    """Whether it can really do so."""
    disk: Disk
    arrays: tuple[Arrays, ...]
    params: ParamsTried
    agreement: Agreement | None
    """None if no trial could be trained twice."""
    notices: tuple[str, ...]
    """What else a person should know, in sentences."""
