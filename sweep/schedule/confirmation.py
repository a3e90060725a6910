"""Trains the best configurations of a study again with other seeds, to find out which is best.

The best of many noisy values is too good, because it was also chosen for its luck. So each of the
best is trained again in full, with seeds that had no part in the choice, the same for all of them.
Those that are clearly behind are dropped on the way (see `race`). What comes next depends only on
the trials, so a killed confirmation continues in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from optuna.trial import FrozenTrial, TrialState

from sweep import attrs
from sweep.errors import UsageError
from sweep.schedule.base import Continuation, check_whole, configuration
from sweep.schedule.objective import Objective, is_feasible
from sweep.schedule.race import Values, still_racing
from sweep.schedule.repeats import Repeats, as_configurations, repetition
from sweep.search.preference import Scale


@dataclass(frozen=True)
class Confirmation:
    """Which configurations are trained again, and with how many seeds.

    Raises:
        UsageError: `top` is below 1, or `seeds` is too small to have a spread.
    """

    top: int = 5
    """The number of the best configurations."""
    seeds: int = 5
    """The number of seeds for each, unless it is clearly behind."""

    def __post_init__(self) -> None:
        check_whole(top=self.top, seeds=self.seeds)
        if self.top < 1:
            raise UsageError(f"`top` must be at least 1, but got top={self.top}.")
        if self.seeds < 2:
            raise UsageError(f"A spread needs at least 2 seeds, but got seeds={self.seeds}.")


@dataclass(frozen=True)
class Confirming:
    """The schedule of a confirmation."""

    confirmation: Confirmation
    repeats: Repeats

    def next_leg(self, trials: Sequence[FrozenTrial], objective: Objective) -> Continuation | None:
        """The next training: seed by seed, for the configurations that are still in the race."""
        chosen = to_confirm(trials, self.confirmation.top, self.repeats, objective)
        of = {configuration(trial): trial for trial in chosen}
        scale = objective.scale(swept_well(trials, self.repeats))
        results, pending = confirming(trials, of, lambda trial: _number(trial, objective, scale))
        n_seeds = self.confirmation.seeds
        racing = still_racing(results, n_seeds, maximize=scale.direction == "maximize")
        for nth in range(1, n_seeds + 1):
            for number in racing:
                if nth not in results[number] and (number, nth) not in pending:
                    return repetition(of[number], attrs.CONFIRMS, nth)
        return None


def to_confirm(
    trials: Sequence[FrozenTrial], top: int, repeats: Repeats, objective: Objective
) -> list[FrozenTrial]:
    """The complete trials of the best configurations, by the values from the sweep.

    Of several configurations with the same params, only the first is taken. Those that break
    constraints are left out.
    """
    best: dict[int, FrozenTrial] = {}
    for trial in objective.best_first(swept_well(trials, repeats)):
        number = trial.user_attrs.get(attrs.DUPLICATES, configuration(trial))
        best.setdefault(number, trial)
    return list(best.values())[:top]


def swept_well(trials: Sequence[FrozenTrial], repeats: Repeats) -> list[FrozenTrial]:
    """The complete trials of configurations that keep their constraints."""
    return [
        trial
        for trial in as_configurations(trials, repeats)
        if trial.state is TrialState.COMPLETE and is_feasible(trial)
    ]


def _number(trial: FrozenTrial, objective: Objective, scale: Scale) -> float | None:
    """The number that a training is compared by; None if it does not count."""
    if trial.state is not TrialState.COMPLETE or not is_feasible(trial):
        return None
    point = objective.point(trial)
    return None if point is None else scale.of(point)


def confirming(
    trials: Sequence[FrozenTrial],
    of: dict[int, FrozenTrial],
    measure: Callable[[FrozenTrial], float | None],
) -> tuple[dict[int, Values], set[tuple[int, int]]]:
    """What the trainings of these configurations have measured so far.

    Args:
        trials: the study's trials.
        of: the configurations, by their numbers.
        measure: the number that an ended training is compared by; None if it does not count.

    Returns:
        The values by configuration and seed, and the trainings that have not ended. One that is
        retried counts when it ends.
    """
    results: dict[int, dict[int, float | None]] = {number: {} for number in of}
    pending = set()
    for trial in trials:
        number = trial.user_attrs.get(attrs.CONFIRMS)
        if number not in of:
            continue
        nth = trial.user_attrs[attrs.NTH_SEED]
        if trial.state.is_finished():
            results[number][nth] = measure(trial)
            pending.discard((number, nth))
        else:
            results[number].pop(nth, None)
            pending.add((number, nth))
    return dict(results), pending
