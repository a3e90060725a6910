"""What to do with a trial after its attempt ended: retry it, put it back, or tell its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from sweep.trial.outcome import LOST_PROCESS, AttemptState, Cause, Failure, Outcome


@dataclass(frozen=True)
class Retry:
    """Another attempt continues from the trial's last checkpoint."""

    failure: Failure
    """Why the attempt was lost."""


@dataclass(frozen=True)
class PutBack:
    """The trial waits to continue later."""

    outcome: Outcome


@dataclass(frozen=True)
class Tell:
    """The study is told of the trial's end."""

    outcome: Outcome


class Trial(Protocol):
    """What the verdict needs to know about the trial."""

    @property
    def stop_asked(self) -> bool:
        """Whether someone asked it to end and to become PRUNED with its last value."""

    @property
    def told_by_another(self) -> bool:
        """Whether someone told the study its state while it ran."""

    @property
    def n_retries(self) -> int:
        """How many of its attempts were lost in this run."""


class Brakes(Protocol):
    """What the verdict needs to know about the sweep's brakes."""

    @property
    def is_interrupted(self) -> bool:
        """Whether a signal asked the sweep to stop."""

    @property
    def are_killing(self) -> bool:
        """Whether the sweep killed its running trials."""


def verdict(outcome: Outcome, trial: Trial, retries: int, brakes: Brakes) -> Retry | PutBack | Tell:
    """What to do with a trial.

    Args:
        outcome: how its attempt ended.
        trial: the trial.
        retries: how many lost attempts a trial can have in a run.
        brakes: whether the sweep is stopping.
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
