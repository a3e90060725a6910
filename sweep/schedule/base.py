"""How far each configuration is trained, and in which legs: what rungs and populations share.

A configuration is trained in one trial, or in several, each a leg of it that continues another
from its checkpoint. Which comes next is read from the trials alone, so that a sweep that was
killed goes on as if it had not been.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from optuna.trial import FrozenTrial, TrialState

from sweep import attrs
from sweep.errors import UsageError
from sweep.schedule.objective import Objective


@dataclass(frozen=True)
class Continuation:
    """A trial to be made that trains a configuration on, or once more."""

    params: Mapping[str, Any]
    attrs: Mapping[str, Any]
    """Its user attributes from the beginning, which say what it goes on from, or repeats."""


class Continuing(Protocol):
    """Decides which configuration is trained next. It remembers nothing: the trials tell it all."""

    def next_leg(self, trials: Sequence[FrozenTrial], objective: Objective) -> Continuation | None:
        """What is to be trained now, before a new configuration begins; None if nothing."""


class Scheduler(Continuing, Protocol):
    """Decides which trial is trained how far. It remembers nothing: the trials tell it all."""

    @property
    def n_configurations(self) -> int | None:
        """How many there must be; None leaves it to the study."""

    def first_leg(self, trials: Sequence[FrozenTrial]) -> dict[str, Any]:
        """The user attributes by which a new configuration's first trial knows its leg."""

    def share(self, leg_attrs: Mapping[str, Any]) -> float:
        """The share of max_steps that is done when a trial with these attributes has its leg."""

    def needed(self, trials: Sequence[FrozenTrial]) -> set[int]:
        """The paused trials that may be continued yet."""

    def to_json(self) -> dict[str, Any]:
        """What the study keeps, to be swept the same way again."""


class Whole:
    """Every configuration is trained to its end at once."""

    n_configurations = None

    def first_leg(self, trials: Sequence[FrozenTrial]) -> dict[str, Any]:
        return {}

    def share(self, leg_attrs: Mapping[str, Any]) -> float:
        return 1.0

    def next_leg(self, trials: Sequence[FrozenTrial], objective: Objective) -> Continuation | None:
        return None

    def needed(self, trials: Sequence[FrozenTrial]) -> set[int]:
        return set()

    def to_json(self) -> dict[str, Any]:
        return {}


def check_whole(**numbers: object) -> None:
    """Sees that what a scheduler is made of are whole numbers.

    Raises:
        UsageError: one of them is not.
    """
    for name, number in numbers.items():
        if not isinstance(number, int):
            raise UsageError(f"{name} must be a whole number, but got {number!r}.")


def continuation(of: FrozenTrial, params: Mapping[str, Any], **leg_attrs: Any) -> Continuation:
    """The continuation of a trial by another with these params."""
    links = {attrs.CONTINUES: of.number, attrs.CONFIGURATION: configuration(of)}
    return Continuation(dict(params), links | leg_attrs)


def configuration(trial: FrozenTrial) -> int:
    """The number of the trial that a configuration was started with."""
    known = trial.user_attrs
    own = known.get(attrs.CONFIGURATION, trial.number)
    number: int = known.get(attrs.CONFIRMS, known.get(attrs.REPEATS, own))
    return number


def is_repeat(trial: FrozenTrial) -> bool:
    """Whether the trial trains a configuration once more, with another seed."""
    return not trial.user_attrs.keys().isdisjoint((attrs.CONFIRMS, attrs.REPEATS))


def begins_configuration(trial: FrozenTrial) -> bool:
    """Whether the trial is the first of its configuration."""
    return not (is_continuation(trial) or is_repeat(trial))


def is_continuation(trial: FrozenTrial) -> bool:
    """Whether the trial goes on from another."""
    return attrs.CONTINUES in trial.user_attrs


def is_paused(trial: FrozenTrial) -> bool:
    """Whether the trial has done its leg, and is not at its configuration's end."""
    return attrs.PAUSED_AT in trial.user_attrs and trial.state is TrialState.PRUNED


def is_whole(trial: FrozenTrial) -> bool:
    """Whether the trial is all that there is of its configuration."""
    return begins_configuration(trial) and not is_paused(trial)


def continued(trials: Iterable[FrozenTrial]) -> set[int]:
    """The trials that others continue, or are about to."""
    return {trial.user_attrs[attrs.CONTINUES] for trial in trials if is_continuation(trial)}


def spent(trials: Sequence[FrozenTrial], scheduler: Scheduler) -> list[FrozenTrial]:
    """The paused trials whose checkpoints nothing will continue any more.

    A continuation has a checkpoint of its own when it has ended well; one that failed needs its
    source's until it is tried again.
    """
    done = {trial.user_attrs.get(attrs.RETRY_OF) for trial in trials}
    done |= {t.number for t in trials if t.state in (TrialState.COMPLETE, TrialState.PRUNED)}
    needed = scheduler.needed(trials) | continued(t for t in trials if t.number not in done)
    return [trial for trial in trials if is_paused(trial) and trial.number not in needed]


def total_steps(trials: Sequence[FrozenTrial]) -> int:
    """The training steps of all trials; those before a continuation count once."""
    steps = {trial.number: _last_step(trial) for trial in trials}
    before = (steps.get(trial.user_attrs.get(attrs.CONTINUES, -1), 0) for trial in trials)
    return sum(max(0, own - theirs) for own, theirs in zip(steps.values(), before, strict=True))


def _last_step(trial: FrozenTrial) -> int:
    step: int = trial.user_attrs.get(attrs.GLOBAL_STEP, trial.last_step or 0)
    return step
