"""What a check has found out of a study."""

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
    """How many it has; None where only its program knows."""
    n_trained: int
    """How many were trained to find that out."""
    n_evaluations: int | None
    seconds: float | None
    """How long it takes; None where nobody knows where it ends."""


@dataclass(frozen=True)
class Cost:
    """What a sweep costs."""

    n_trials: int
    """Those that are missing; configurations, where they are trained in legs."""
    n_jobs: int
    loading: float
    """The seconds until its first trial begins: imports, and the study's own loading."""
    seconds: float | None
    """All of it; None where nobody knows where a trial ends."""
    is_most: bool
    """Whether trials may end earlier."""


@dataclass(frozen=True)
class Checked:
    """What a check has found out of a study that can be swept."""

    study: str
    metrics: tuple[str, ...]
    directions: tuple[str, ...]
    constraints: tuple[str, ...]
    """What the metrics of a trial must keep."""
    trials: tuple[Trial, ...]
    """Each with other params."""
    cost: Cost
    evaluations: EvaluationTimes
    acts: str
    """What ends or pauses a trial by its evaluations, in words."""
    can_act: bool
    """Whether that can be as it was chosen."""
    disk: Disk
    arrays: tuple[Arrays, ...]
    params: ParamsTried
    agreement: Agreement | None
    """None where the same could not be trained twice."""
    notices: tuple[str, ...]
    """What else a person should know, in sentences."""
