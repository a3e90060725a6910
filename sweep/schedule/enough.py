"""When to end a study: no improvement for a while, a target reached, or all steps used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optuna.trial import FrozenTrial, TrialState

from sweep.schedule.base import total_steps
from sweep.schedule.objective import Objective, is_feasible
from sweep.schedule.repeats import ONCE, Repeats, as_configurations


@dataclass(frozen=True)
class Enough:
    """Limits after which no more trials start; None is no limit."""

    patience: int | None = None
    """This many trials have ended since the best one."""
    target: float | None = None
    """A complete trial is at least this good."""
    total_steps: int | None = None
    """All trials together have trained this many steps."""

    def reason(
        self, trials: Sequence[FrozenTrial], objective: Objective, repeats: Repeats = ONCE
    ) -> str | None:
        """Why no more trials start, in a sentence; None if they may."""
        if self.total_steps is not None and (spent := total_steps(trials)) >= self.total_steps:
            return f"The trials have trained {spent} steps of the limit of {self.total_steps}."
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
                return f"Trial {best.number} reached the target with {best.value:.5g}."
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
