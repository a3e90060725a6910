"""How far each configuration is trained, and in which legs: the base of rungs and populations.

A configuration is trained in one trial, or in several: each is a leg that continues another trial
from its checkpoint. What comes next depends only on the trials, so a sweep that was killed
continues in the same way.
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
    """A trial to create that trains a configuration further, or again."""

    params: Mapping[str, Any]
    attrs: Mapping[str, Any]
    """Its user attributes at its creation, which say what it continues or repeats."""


class Continuing(Protocol):
    """Decides which configuration is trained next. It keeps no state but reads the trials."""

    def next_leg(self, trials: Sequence[FrozenTrial], objective: Objective) -> Continuation | None:
        """What to train now, before a new configuration starts; None if nothing."""


class Scheduler(Continuing, Protocol):
    """Decides how far each trial is trained. It keeps no state but reads the trials."""

    @property
    def n_configurations(self) -> int | None:
        """The required number of configurations; None lets the study decide."""

    def first_leg(self, trials: Sequence[FrozenTrial]) -> dict[str, Any]:
        """The user attributes with the leg of a new configuration's first trial."""

    def share(self, leg_attrs: Mapping[str, Any]) -> float:
        """The share of max_steps done when a trial with these attributes has finished its leg."""

    def needed(self, trials: Sequence[FrozenTrial]) -> set[int]:
        """The paused trials that may still be continued."""

    def to_json(self) -> dict[str, Any]:
        """What the study keeps, to continue with the same scheduler."""


class Whole:
    """Every configuration is trained to its end without a break."""

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
    """Checks that the arguments of a scheduler are whole numbers.

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
    """The number of the first trial of a configuration."""
    known = trial.user_attrs
    own = known.get(attrs.CONFIGURATION, trial.number)
    number: int = known.get(attrs.CONFIRMS, known.get(attrs.REPEATS, own))
    return number


def is_repeat(trial: FrozenTrial) -> bool:
    """Whether the trial trains a configuration again, with another seed."""
    return not trial.user_attrs.keys().isdisjoint((attrs.CONFIRMS, attrs.REPEATS))


def begins_configuration(trial: FrozenTrial) -> bool:
    """Whether the trial is the first of its configuration."""
    return not (is_continuation(trial) or is_repeat(trial))


def is_continuation(trial: FrozenTrial) -> bool:
    """Whether the trial continues another."""
    return attrs.CONTINUES in trial.user_attrs


def is_paused(trial: FrozenTrial) -> bool:
    """Whether the trial finished its leg, but not its configuration."""
    return attrs.PAUSED_AT in trial.user_attrs and trial.state is TrialState.PRUNED


def is_whole(trial: FrozenTrial) -> bool:
    """Whether the trial is its whole configuration."""
    return begins_configuration(trial) and not is_paused(trial)


def continued(trials: Iterable[FrozenTrial]) -> set[int]:
    """The trials that others continue, or are about to continue."""
    return {trial.user_attrs[attrs.CONTINUES] for trial in trials if is_continuation(trial)}


def spent(trials: Sequence[FrozenTrial], scheduler: Scheduler) -> list[FrozenTrial]:
    """The paused trials whose checkpoints will not be continued any more.

    A continuation that ended well has its own checkpoint. One that failed needs its source's until
    it is retried.
    """
    done = {trial.user_attrs.get(attrs.RETRY_OF) for trial in trials}
    done |= {t.number for t in trials if t.state in (TrialState.COMPLETE, TrialState.PRUNED)}
    needed = scheduler.needed(trials) | continued(t for t in trials if t.number not in done)
    return [trial for trial in trials if is_paused(trial) and trial.number not in needed]


def total_steps(trials: Sequence[FrozenTrial]) -> int:
    """The training steps of all trials; steps before a continuation count once."""
    steps = {trial.number: _last_step(trial) for trial in trials}
    before = (steps.get(trial.user_attrs.get(attrs.CONTINUES, -1), 0) for trial in trials)
    return sum(max(0, own - theirs) for own, theirs in zip(steps.values(), before, strict=True))


def _last_step(trial: FrozenTrial) -> int:
    step: int = trial.user_attrs.get(attrs.GLOBAL_STEP, trial.last_step or 0)
    return step
