"""Params drawn to try a study with, and the same params with another value for one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from optuna.samplers import RandomSampler

from sweep.errors import StudyError
from sweep.search.scratch import scratch_study
from sweep.search.space import SAMPLES, SearchSpace, suggest
from sweep.search.values import own_values


@dataclass(frozen=True)
class Example:
    """The params of one trial."""

    params: Mapping[str, Any]
    """What the trial gets."""
    suggested: Mapping[str, Any]
    """What was drawn for it."""


class Examples:
    """Params drawn at random from a search space.

    Args:
        search_space: the study's search space.
        fixed: params that are held at one value.

    Raises:
        StudyError: `search_space` works for no trial.
    """

    def __init__(self, search_space: SearchSpace, fixed: Mapping[str, Any]) -> None:
        self._study = scratch_study("examples", RandomSampler(seed=0))
        self._search_space = search_space
        self._fixed = own_values(fixed)
        self.drawn: list[Example] = []
        fault: StudyError | None = None
        for _ in range(SAMPLES):
            try:
                self.drawn.append(self._draw({}))
            except StudyError as error:
                fault = fault or error
        if fault is not None and not self.drawn:
            raise fault

    @property
    def names(self) -> list[str]:
        """The params that any example has, except the fixed ones."""
        names = (name for example in self.drawn for name in example.suggested)
        return [name for name in dict.fromkeys(names) if name not in self._fixed]

    def variations(self, name: str, n: int) -> list[tuple[Example, Example]]:
        """Up to `n` pairs that differ in this param, and in those that depend on it.

        Each pair starts from another example, as far as there are enough, because a param may only
        have an effect if another has a certain value.
        """
        having = [example for example in self.drawn if name in example.suggested]
        pairs = []
        for example in having[:n]:
            for value in _others(name, example, having)[:1]:
                with suppress(StudyError):
                    pairs.append((example, self._draw({**example.suggested, name: value})))
        return pairs

    def _draw(self, values: Mapping[str, Any]) -> Example:
        """An example with these values, as far as the search space asks for these params."""
        self._study.enqueue_trial({**values, **self._fixed})
        trial = self._study.ask()
        params = suggest(self._search_space, trial)
        return Example(params, trial.params)


def _others(name: str, example: Example, having: Sequence[Example]) -> list[Any]:
    """Other values of the param, starting with those most unlike the example's."""
    own = example.suggested[name]
    values = [each.suggested[name] for each in having if each.suggested[name] != own]
    is_number = isinstance(own, int | float) and not isinstance(own, bool)
    if is_number and all(isinstance(value, int | float) for value in values):
        return sorted(values, key=lambda value: -abs(value - own))
    return values
