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
"""Sorts trials, the best first."""


class _Column(NamedTuple):
    """A param's internal value in each trial, or NaN."""

    distribution: BaseDistribution
    values: array[float]


class Observed:
    """A table of a study's trials, of which only those that are new are read.

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
        self._n_finished = 0
        self._numbers = array("q")
        self._badness: list[_Badness] = []
        self._columns: dict[str, _Column] = {}

    def read(self, finished: Sequence[FrozenTrial], running: Sequence[FrozenTrial]) -> None:
        """Makes these the trials; reads the running ones, and what is new of the finished ones."""
        n_same = _n_same(self._trials[: self._n_finished], finished)
        kept: list[MutableSequence[Any]] = [self._trials, self._numbers, self._badness]
        for each in (*kept, *(column.values for column in self._columns.values())):
            del each[n_same:]
        new = [*finished[n_same:], *running]
        self._trials += new
        self._n_finished = len(finished)
        self._numbers.extend(trial.number for trial in new)
        self._badness += [_badness(trial, self._sign) for trial in new]

    def split(
        self, n_good: int, search_space: Mapping[str, BaseDistribution]
    ) -> tuple[Values, Values]:
        """The values of the best `n_good` trials and those of the others, by the trials' numbers.

        Trials that lack one of the params are left out. Of trials that are equally good, the
        first ones come first.
        """
        is_good = np.zeros(len(self._trials), dtype=bool)
        every = range(len(self._trials))
        is_good[heapq.nsmallest(n_good, every, key=self._badness.__getitem__)] = True
        values = np.array([self._column(*param) for param in search_space.items()])
        by_number = np.argsort(np.array(self._numbers), kind="stable")
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
    """How many trials are the same, until the first that is not."""
    same = map(operator.is_, some, others)
    shorter = min(len(some), len(others))
    return next((n for n, is_same in enumerate(same) if not is_same), shorter)


def _badness(trial: FrozenTrial, sign: float) -> _Badness:
    """Complete trials come first, by their value. Then come pruned ones, by their last step and the
    value there, then those that break constraints, and then running ones.
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
        return 1, 1.0, 0.0
    step, value = max(trial.intermediate_values.items())
    return 1, -step, math.inf if math.isnan(value) else sign * value
