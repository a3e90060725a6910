"""What the study's trials leave to do, and a notice when there is nothing more to do."""

from __future__ import annotations

from collections.abc import Sequence

from optuna.trial import FrozenTrial, TrialState

from sweep.schedule.plan import Plan
from sweep.storage.backlog import Say
from sweep.storage.study import AskedStudy


class Outlook:
    """Keeps the plan of a study up to date."""

    def __init__(self, study: AskedStudy, plan: Plan, say: Say) -> None:
        self.plan = plan
        self.trials: Sequence[FrozenTrial] = ()
        """The trials at the last look."""
        self._study = study
        self._say = say

    def look(self) -> Sequence[FrozenTrial]:
        """Updates the plan with the trials of the study, and returns them."""
        self.trials = trials = self._study.get_trials(deepcopy=False)
        had_enough = self.plan.enough is not None
        self.plan.look_at(trials)
        if self.plan.enough is not None and not had_enough:
            self._say(f"{self.plan.enough} No more trials start.")
        return trials

    @property
    def has_work(self) -> bool:
        """Whether a trial is left to start."""
        return self.plan.has_work(exhausted=self._study.exhausted)

    @property
    def waiting(self) -> tuple[int, ...]:
        """The numbers of the trials that waited at the last look."""
        return tuple(t.number for t in self.trials if t.state is TrialState.WAITING)
