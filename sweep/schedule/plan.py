"""What a study has left to do, as its trials tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optuna.trial import FrozenTrial, TrialState

from sweep.schedule.base import Continuation, Scheduler, is_continuation
from sweep.schedule.enough import Enough


@dataclass(frozen=True)
class Agenda:
    """What is left to do at one moment."""

    n_missing: int = 0
    """Configurations that have not begun."""
    next_leg: Continuation | None = None
    """The trial to be made next that continues another, if there is one."""
    continuation_waits: bool = False
    """Whether one is made and waits to be run."""
    enough: str | None = None
    """Why none of it shall be done, if so."""

    def has_work(self, exhausted: bool) -> bool:
        """Whether a trial is to be begun; `exhausted` says that there are no more new params."""
        new = self.n_missing > 0 and not exhausted
        continued = self.continuation_waits or self.next_leg is not None
        return self.enough is None and (new or continued)


def look_at(
    trials: Sequence[FrozenTrial],
    n_trials: int,
    scheduler: Scheduler,
    enough: Enough,
    maximize: bool,
) -> Agenda:
    """What is left of a study that shall have `n_trials` configurations."""
    waiting = [trial for trial in trials if trial.state is TrialState.WAITING]
    n_waiting_to_continue = sum(map(is_continuation, waiting))
    n_configurations = len(trials) - sum(map(is_continuation, trials))
    n_waiting = len(waiting) - n_waiting_to_continue
    return Agenda(
        n_missing=n_trials - (n_configurations - n_waiting),
        next_leg=scheduler.next_leg(trials, maximize),
        continuation_waits=n_waiting_to_continue > 0,
        enough=enough.reason(trials, maximize),
    )
