"""Every set of params that a search space can suggest, if their number is finite.

A search space is code, so the sets are found by running it. Each run takes the next choice of the
last param that has one left, as in walking a tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial

from sweep.errors import StudyError
from sweep.search.scratch import scratch_study
from sweep.search.space import SearchSpace, admits, suggest
from sweep.search.values import own_values


class Combinations:
    """The combinations of a search space, found as far as they are needed.

    Args:
        search_space: the study's search space.
        fixed: params that are held at one value.
    """

    def __init__(self, search_space: SearchSpace, fixed: Mapping[str, Any]) -> None:
        self.found: list[dict[str, Any]] = []
        self._search_space = search_space
        self._path: _Path | None = _Path(own_values(fixed))
        """The path to the next combination; None once all are found."""

    def are_more_than(self, n: int) -> bool:
        """Whether there are more than `n`; if not, `found` then has all of them."""
        while len(self.found) <= n and self._path is not None and not self._path.is_endless:
            self._go(self._path)
        return len(self.found) > n or self._path is not None

    def _go(self, path: _Path) -> None:
        trial = path.ask()
        with suppress(StudyError):  # the trial that gets these params will fail
            suggest(self._search_space, trial)
        if path.is_endless:
            return
        self.found.append(dict(trial.params))
        if not path.turn():
            self._path = None


class _Values(NamedTuple):
    """The values that a param can have; they may be too many for a list."""

    n: int
    at: Callable[[int], Any]


class _Path(BaseSampler):
    """Suggests the values along one way down the tree."""

    def __init__(self, fixed: Mapping[str, Any]) -> None:
        self._fixed = fixed
        self.is_endless = False
        """Whether a param on the way can be any number between two."""
        self._way: list[tuple[_Values, int]] = []
        """What each param on the way can be, and the position of its value."""
        self._depth = 0

    def ask(self) -> optuna.Trial:
        """A trial that follows the path, the first one of a study in memory."""
        self._depth = 0
        return scratch_study("combinations", self).ask()

    def turn(self) -> bool:
        """Turns to the next way; returns whether there is one."""
        del self._way[self._depth :]
        while self._way:
            values, position = self._way.pop()
            if position + 1 < values.n:
                self._way.append((values, position + 1))
                return True
        return False

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        return {}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return {}

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        given = self._fixed.get(param_name)
        if param_name in self._fixed and admits(param_distribution, given):
            return given
        if self._depth == len(self._way):
            if (values := _values(param_distribution)) is None:
                self.is_endless = True
                raise ValueError("this part of the space is not needed")
            self._way.append((values, 0))
        values, position = self._way[self._depth]
        self._depth += 1
        return values.at(position)


def _values(distribution: BaseDistribution) -> _Values | None:
    """All values of the distribution; None if it is any number between two."""
    match distribution:
        case CategoricalDistribution(choices=choices):
            return _Values(len(choices), choices.__getitem__)
        case IntDistribution(low=low, high=high, step=step):
            return _Values((high - low) // step + 1, lambda i: low + i * step)
        case FloatDistribution(low=low, high=high, step=float(step)):
            return _Values(round((high - low) / step) + 1, lambda i: low + i * step)
    return None
