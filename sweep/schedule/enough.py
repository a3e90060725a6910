"""When a study has had enough: nothing better for a while, a value reached, the steps spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optuna.trial import FrozenTrial, TrialState

from sweep.schedule.base import total_steps
from sweep.schedule.objective import Objective, is_feasible
from sweep.schedule.repeats import ONCE, Repeats, as_configurations


@dataclass(frozen=True)
class Enough:
    """After what no more trials begin; None is no reason to end."""

    patience: int | None = None
    """This many trials have ended since the best one."""
    target: float | None = None
    """A complete trial is as good as this."""
    total_steps: int | None = None
    """All trials together have trained for as many steps."""

    def reason(
        self, trials: Sequence[FrozenTrial], objective: Objective, repeats: Repeats = ONCE
    ) -> str | None:
        """Why no more trials start, in a sentence; None if they may."""
        if self.total_steps is not None and (spent := total_steps(trials)) >= self.total_steps:
            return f"The trials have trained for {spent} steps of the {self.total_steps} to spend."
        if self.target is None and self.patience is None:
            return None
        configurations = as_configurations(trials, repeats)
        complete = [trial for trial in configurations if trial.state is TrialState.COMPLETE]
        if not complete:
            return None
        best = objective.best_first(complete)[0]
        if self.target is not None and best.value is not None and is_feasible(best):
            value, target = best.value, self.target
            reached = value >= target if objective.maximize else value <= target
            if reached:
                return f"Trial {best.number} has reached the target with {best.value:.5g}."
        if self.patience is not None and best.datetime_complete is not None:
            since = [
                trial
                for trial in configurations
                if trial.datetime_complete is not None
                and trial.datetime_complete > best.datetime_complete
            ]
            if len(since) >= self.patience:
                trials_later = "1 trial later" if len(since) == 1 else f"{len(since)} trials later"
                return f"Trial {best.number} is still the best {trials_later}."
        return None
