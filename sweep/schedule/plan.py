"""What is left to do in a study, by its trials."""

from __future__ import annotations

from collections.abc import Sequence

from optuna.trial import FrozenTrial, TrialState

from sweep.schedule.base import Continuation, Continuing, begins_configuration
from sweep.schedule.enough import Enough
from sweep.schedule.objective import Objective
from sweep.schedule.repeats import ONCE, Repeats
from sweep.schedule.tally import Tally


class Plan:
    """What is left of a study of `total` configurations, as of the last look at its trials.

    Args:
        scheduler: decides which configurations continue.
        enough: decides when to end.
        total: the number of configurations.
        objective: what the study optimizes.
        repeats: how many seeds each configuration is trained with.
    """

    def __init__(
        self,
        scheduler: Continuing,
        enough: Enough,
        total: int,
        objective: Objective,
        repeats: Repeats = ONCE,
    ) -> None:
        self.total = total
        self.next_leg: Continuation | None = None
        """The next trial that trains a configuration further or again, if there is one."""
        self.enough: str | None = None
        """Why nothing more is done, if so."""
        self._scheduler = scheduler
        self._enough = enough
        self._objective = objective
        self._repeats = repeats
        self._configurations = Tally(begins_configuration)
        self._n_missing = 0
        self._continuation_waits = False

    def look_at(self, trials: Sequence[FrozenTrial]) -> None:
        """Works out what is left."""
        unsettled = self._configurations.unsettled(trials)
        waiting = [trial for trial in unsettled if trial.state is TrialState.WAITING]
        n_new_waiting = sum(map(begins_configuration, waiting))
        self._n_missing = self.total - (self._configurations.count(trials) - n_new_waiting)
        self._continuation_waits = len(waiting) > n_new_waiting
        self.next_leg = self._scheduler.next_leg(trials, self._objective)
        self.enough = self._enough.reason(trials, self._objective, self._repeats)

    @property
    def may_end_early(self) -> bool:
        """Whether the study can end before all configurations are trained."""
        return self._enough != Enough()

    def has_work(self, *, exhausted: bool) -> bool:
        """Whether there is a trial to start; `exhausted` says that there are no new params left."""
        new = self._n_missing > 0 and not exhausted
        continued = self._continuation_waits or self.next_leg is not None
        return self.enough is None and (new or continued)
