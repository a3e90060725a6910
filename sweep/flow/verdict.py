"""What becomes of a trial whose attempt has ended: it is tried again, put back, or told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from sweep.trial.outcome import LOST_PROCESS, AttemptState, Cause, Failure, Outcome


@dataclass(frozen=True)
class Retry:
    """Another attempt goes on from the trial's last checkpoint."""

    failure: Failure
    """Why the attempt was lost."""


@dataclass(frozen=True)
class PutBack:
    """The trial waits to be taken up again."""

    outcome: Outcome


@dataclass(frozen=True)
class Tell:
    """The study is told of the trial's end."""

    outcome: Outcome


class Trial(Protocol):
    """What counts of the trial."""

    @property
    def stop_asked(self) -> bool:
        """Somebody wants it to end, and to be PRUNED with its last value."""

    @property
    def told_by_another(self) -> bool:
        """Somebody has told the study its state while it ran."""

    @property
    def n_retries(self) -> int:
        """How many of its attempts were lost in this run."""


class Brakes(Protocol):
    """What counts of the sweep's brakes."""

    @property
    def is_interrupted(self) -> bool:
        """Whether a signal has asked the sweep to end."""

    @property
    def are_killing(self) -> bool:
        """Whether the sweep has ended its running trials at once."""


def verdict(outcome: Outcome, trial: Trial, retries: int, brakes: Brakes) -> Retry | PutBack | Tell:
    """What becomes of a trial.

    Args:
        outcome: how its attempt has ended.
        trial: the trial.
        retries: how many lost attempts a trial may have in a run.
        brakes: whether the sweep is being stopped.
    """
    killed_by_us = brakes.are_killing and outcome.cause is Cause.SIGNAL
    if outcome.cause is Cause.DISK_FULL or killed_by_us:
        outcome = replace(outcome, state=AttemptState.WAITING)
    if outcome.state in (AttemptState.WAITING, AttemptState.PAUSED) and trial.stop_asked:
        return Tell(replace(outcome, state=AttemptState.PRUNED))
    if outcome.state is AttemptState.WAITING:
        return PutBack(outcome)
    failure = outcome.failure
    if failure is None or failure.cause not in LOST_PROCESS:
        return Tell(outcome)
    is_ending = brakes.is_interrupted or trial.told_by_another
    if is_ending or trial.n_retries >= min(retries, failure.most_retries):
        return Tell(outcome)
    return Retry(failure)
