"""What TPE reads of a study's trials, kept from one proposal to the next."""

from __future__ import annotations

import heapq
import math
import operator
from array import array
from collections.abc import Callable, Mapping, MutableSequence, Sequence
from typing import Any, NamedTuple

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

Values = dict[str, np.ndarray]
"""Internal values of params, by the param's name, for the same trials in the same order."""
_Badness = tuple[int, float, float]
"""A key to sort trials by; the best trial has the least."""


class _Column(NamedTuple):
    """A param's internal value in each of the first trials; NaN where a trial lacks the param."""

    distribution: BaseDistribution
    values: array[float]


class Observed:
    """What TPE needs of each trial, in parallel lists.

    A finished trial is read once, as long as the study shows the same object in the same place.

    Args:
        direction: the direction of the study's one metric.
        params_of: the params of a trial.
    """

    def __init__(
        self, direction: StudyDirection, params_of: Callable[[FrozenTrial], Mapping[str, Any]]
    ) -> None:
        self._sign = -1.0 if direction is StudyDirection.MAXIMIZE else 1.0
        self._params_of = params_of
        self._trials: list[FrozenTrial] = []
        self._numbers = array("q")
        self._badness: list[_Badness] = []
        self._columns: dict[str, _Column] = {}

    def read(self, finished: Sequence[FrozenTrial], running: Sequence[FrozenTrial]) -> None:
        """Replaces the trials; reads the running ones, and the finished ones that are new."""
        n_same = _n_same(self._trials, finished)
        new = [*finished[n_same:], *running]
        badness = [_badness(trial, self._sign) for trial in new]
        lists: list[MutableSequence[Any]] = [self._trials, self._numbers, self._badness]
        for each in (*lists, *(column.values for column in self._columns.values())):
            del each[n_same:]
        self._trials += new
        self._numbers.extend(trial.number for trial in new)
        self._badness += badness

    def split(
        self, n_good: int, search_space: Mapping[str, BaseDistribution]
    ) -> tuple[Values, Values]:
        """The values of the best `n_good` trials and of the others, in the order of their numbers.

        Trials that lack one of the params are left out. Of equally good trials, those that come
        first count as better.
        """
        is_good = np.zeros(len(self._trials), dtype=bool)
        every = range(len(self._trials))
        is_good[heapq.nsmallest(n_good, every, key=self._badness.__getitem__)] = True
        values = np.array([self._column(*param) for param in search_space.items()])
        by_number = np.argsort(np.array(self._numbers))
        by_number = by_number[~np.isnan(values[:, by_number]).any(axis=0)]
        good, others = (by_number[wanted[by_number]] for wanted in (is_good, ~is_good))
        return (
            dict(zip(search_space, values[:, good], strict=True)),
            dict(zip(search_space, values[:, others], strict=True)),
        )

    def _column(self, name: str, distribution: BaseDistribution) -> array[float]:
        column = self._columns.get(name)
        if column is None or column.distribution != distribution:
            column = self._columns[name] = _Column(distribution, array("d"))
        for trial in self._trials[len(column.values) :]:
            params = self._params_of(trial)
            value = distribution.to_internal_repr(params[name]) if name in params else math.nan
            column.values.append(value)
        return column.values


def _n_same(some: Sequence[FrozenTrial], others: Sequence[FrozenTrial]) -> int:
    """How many trials both start with: the same objects in the same order."""
    same = map(operator.is_, some, others)
    shorter = min(len(some), len(others))
    return next((n for n, is_same in enumerate(same) if not is_same), shorter)


def _badness(trial: FrozenTrial, sign: float) -> _Badness:
    """Complete trials come first, by their value. Then come pruned ones, by their last step and the
    value there, those without reports last, then those that break constraints, then running ones.
    """
    if trial.state is TrialState.RUNNING:
        return 3, 0.0, 0.0
    violation = sum(excess for excess in trial.constraints.values() if excess > 0)
    if violation > 0:
        return 2, violation, 0.0
    if trial.state is TrialState.COMPLETE:
        assert trial.value is not None
        return 0, sign * trial.value, 0.0
    if not trial.intermediate_values:
        return 1, 1.0, 0.0  # after all steps: -step is at most 0
    step, value = max(trial.intermediate_values.items())
    return 1, -step, math.inf if math.isnan(value) else sign * value
