"""Configurations that are trained with several seeds, and how a sampler sees them.

Each training is a trial with its own seed, folder and value, which is told once and never changed.
The first is the configuration, and each further one has its number in `repeats`. So no result waits
for other trainings, a kill loses no more than in any sweep, and Optuna alone reads an ordinary
study of complete trials, some with the same params. The mean or the median is computed whenever it
is needed: for the samplers of a sweep, which see one trial for each configuration with that as its
value, and for everything that is shown. Trials that confirm (see `confirmation`) are hidden from
samplers: they would see the same params again, chosen because they looked good.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from sweep import attrs
from sweep.errors import UsageError
from sweep.schedule.base import (
    Continuation,
    Scheduler,
    check_whole,
    configuration,
    is_repeat,
)
from sweep.schedule.objective import Objective

AGGREGATES: dict[str, Callable[[Iterable[float]], float]] = {"mean": fmean, "median": median}


@dataclass(frozen=True)
class Repeats:
    """How many seeds each configuration is trained with, and what its value is.

    Raises:
        UsageError: `n` is below 1, or `by` is neither "mean" nor "median".
    """

    n: int = 1
    by: str = "mean"
    """"mean" or "median" of the values of its trainings."""

    def __post_init__(self) -> None:
        check_whole(repeats=self.n)
        if self.n < 1:
            raise UsageError(
                f"A configuration needs at least 1 training, but got repeats={self.n}."
            )
        if self.by not in AGGREGATES:
            raise UsageError(
                f"The value of several trainings is their mean or median, but got {self.by!r}."
            )

    def value(self, values: Iterable[float]) -> float:
        """The mean or the median of these values."""
        return AGGREGATES[self.by](values)

    def to_json(self) -> dict[str, Any]:
        """What the study keeps."""
        return asdict(self)


ONCE = Repeats()


def kept_repeats(study_attrs: Mapping[str, Any]) -> Repeats:
    """The repeats of a study with these user attributes."""
    return Repeats(**study_attrs.get(attrs.REPEATS, {}))


def as_configurations(trials: Sequence[FrozenTrial], repeats: Repeats = ONCE) -> list[FrozenTrial]:
    """The trials without those that train a configuration again.

    The complete trial of a configuration gets the mean or median over all its trainings as its
    values, and as the violation of its constraints.
    """
    further = defaultdict(list)
    for trial in trials:
        if attrs.REPEATS in trial.user_attrs and trial.state is TrialState.COMPLETE:
            further[configuration(trial)].append(trial)
    return [
        _with_value_of_all(trial, further[configuration(trial)], repeats)
        if trial.state is TrialState.COMPLETE and configuration(trial) in further
        else trial
        for trial in trials
        if not is_repeat(trial)
    ]


def _with_value_of_all(
    trial: FrozenTrial, further: list[FrozenTrial], repeats: Repeats
) -> FrozenTrial:
    shown = copy.copy(trial)
    all_values = zip(trial.values, *(other.values for other in further), strict=True)
    shown.values = [repeats.value(values) for values in all_values]
    if trial.constraints:
        by_constraint = zip(*(t.constraints.values() for t in (trial, *further)), strict=True)
        shown.system_attrs = trial.system_attrs | {
            attrs.CONSTRAINTS: [repeats.value(excesses) for excesses in by_constraint]
        }
    if trial.last_step is not None:  # only with one metric, whose curve ends in its value
        shown.intermediate_values = trial.intermediate_values | {trial.last_step: shown.values[0]}
    return shown


@dataclass(frozen=True)
class Repeated:
    """A study's scheduler, and the further trainings of complete configurations.

    If configurations end early, by rungs or by a pruner, only the best get further seeds: those
    among the best `share` of all that were trained to their end, by the mean or median so far. Of
    few configurations, the best one does.
    """

    scheduler: Scheduler
    repeats: Repeats
    share: float = 1.0

    def next_leg(self, trials: Sequence[FrozenTrial], objective: Objective) -> Continuation | None:
        """What the scheduler wants continued, or else the next training of a configuration."""
        firsts = [trial for trial in trials if not is_repeat(trial)]
        return self.scheduler.next_leg(firsts, objective) or self._next_repeat(trials, objective)

    def _next_repeat(
        self, trials: Sequence[FrozenTrial], objective: Objective
    ) -> Continuation | None:
        started = defaultdict(set)
        for trial in trials:
            if attrs.REPEATS in trial.user_attrs:
                started[configuration(trial)].add(trial.user_attrs[attrs.NTH_SEED])
        for trial in self._worth_repeating(trials, objective):
            for nth in range(1, self.repeats.n):
                if nth not in started[configuration(trial)]:
                    return repetition(trial, attrs.REPEATS, nth)
        return None

    def _worth_repeating(
        self, trials: Sequence[FrozenTrial], objective: Objective
    ) -> Sequence[FrozenTrial]:
        complete = [
            trial
            for trial in as_configurations(trials, self.repeats)
            if trial.state is TrialState.COMPLETE and attrs.MAX_STEPS not in trial.user_attrs
        ]
        if self.share == 1:
            return complete
        return objective.best_first(complete)[: max(1, int(self.share * len(complete)))]


def repetition(of: FrozenTrial, link: str, nth: int) -> Continuation:
    """The training of a configuration with its nth further seed, for as many steps as `of`.

    Args:
        of: the configuration's complete trial.
        link: CONFIRMS or REPEATS.
        nth: which of its further seeds, from 1.
    """
    links = {link: configuration(of), attrs.NTH_SEED: nth}
    if attrs.MAX_STEPS in of.user_attrs:
        links[attrs.MAX_STEPS] = of.user_attrs[attrs.MAX_STEPS]
    return Continuation(dict(of.params), links)
