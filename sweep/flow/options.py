"""How a sweep is to be run, whether the command line or Python asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep.engine.limits import Limits
from sweep.errors import UsageError
from sweep.folder.layout import RESULTS
from sweep.storage.url import storage_url

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

    from sweep.flow.extension import Extension
    from sweep.schedule.base import Scheduler

_COUNTS = ("evaluate_every", "patience", "total_steps")


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to run a sweep.

    Raises:
        UsageError: a count is not a whole number of at least 1.
    """

    n_trials: int | None = None
    """The total that the study shall have; None takes the study file's."""
    n_jobs: int | None = None
    """Trials at a time; None is one for each GPU, or for each core where there is none."""
    seed: int | None = None
    """The study's seed; None keeps the one it has, or draws one."""
    name: str | None = None
    """The study's name; None takes the study file's."""
    results: str | Path = RESULTS
    """The folder for the database and the trials' folders."""
    storage: str | None = None
    """The database's URL; None is studies.db in the results folder."""
    sampler: str | BaseSampler | None = None
    """A sampler or its name; None takes the study file's, or Optuna's default."""
    pruner: str | BasePruner | None = None
    """A pruner or its name; None takes the study file's, or prunes nothing."""
    evaluate_every: int | None = None
    """Steps between the evaluations of a trial; None is as often as the pruner needs, or as the
    study says."""
    scheduler: Scheduler | None = None
    """`Rungs` or a `Population`; None takes the one that the study was begun with, or the study
    file's, or trains every trial to its end at once."""
    extension: Extension | None = None
    """Train the best trials further, instead of a total."""
    patience: int | None = None
    """Begin no more when this many trials have ended since the best one."""
    target: float | None = None
    """Begin no more when a complete trial is as good as this."""
    total_steps: int | None = None
    """Begin no more when all trials together have trained for so many steps."""
    retry: str | None = None
    """Run the failed trials again whose failure begins so, instead of a total; "" is all."""
    retries: int = 2
    """How many more attempts a trial gets whose process was lost."""
    trial_timeout: float | None = None
    """Seconds that one attempt at a trial may run."""
    stall_timeout: float | None = None
    """Seconds that an attempt may go without a step of global_step."""
    memory_limit: int | None = None
    """Bytes of memory that one attempt may use, with all that it starts."""
    timeout: float | None = None
    """Seconds after which no further trial is begun; those that run are let end."""
    begin_with: str | None = None
    """The study of the same database whose trials this one takes along where they fit."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Params held at one value."""
    enqueue: Sequence[Mapping[str, Any]] = ()
    """Params to try first; what they leave out is sampled."""

    def __post_init__(self) -> None:
        for name in _COUNTS:
            value = getattr(self, name)
            if value is not None and not (type(value) is int and value >= 1):
                raise UsageError(
                    f"{name} must be a whole number of at least 1, or None, but got {value!r}."
                )

    @property
    def limits(self) -> Limits:
        """The limits of one attempt."""
        return Limits(self.trial_timeout, self.stall_timeout, self.memory_limit)

    @property
    def storage_url(self) -> str:
        """The URL of the database that the study lies in."""
        return self.storage or storage_url(Path(self.results))
