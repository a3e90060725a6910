"""What both services write alike: goals, algorithms, scales, and values of params."""

from __future__ import annotations

from enum import Enum
from typing import Any

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from sweep.program.numerals import numbers
from sweep.program.space import Distribution
from sweep.program.tuning.fields import Field, Section
from sweep.search.samplers import GRID

GOALS = {"MAXIMIZE": "maximize", "MINIMIZE": "minimize", "GOAL_TYPE_UNSPECIFIED": "maximize"}
ALGORITHMS = {"ALGORITHM_UNSPECIFIED": None, "GRID_SEARCH": GRID, "RANDOM_SEARCH": "random"}


class Scale(Enum):
    """The scale of a range, by the services' names."""

    NONE = "NONE"
    SCALE_TYPE_UNSPECIFIED = "SCALE_TYPE_UNSPECIFIED"
    LINEAR = "UNIT_LINEAR_SCALE"
    LOG = "UNIT_LOG_SCALE"
    REVERSE_LOG = "UNIT_REVERSE_LOG_SCALE"

    @property
    def is_log(self) -> bool:
        """Whether it is a log scale from either end."""
        return self in (Scale.LOG, Scale.REVERSE_LOG)


Values = tuple[Distribution, bool]
"""A param's distribution, and whether it is on a reverse-log scale."""
_SCALES = {scale.value: scale for scale in Scale}


def direction(holder: Section) -> str:
    """The direction of the metric."""
    goal = holder.take("goal")
    return "maximize" if goal is None else goal.one_of(GOALS)


def count(holder: Section, name: str, least: int = 1) -> int | None:
    """A count; None if the file leaves it out."""
    found = holder.take(name)
    return None if found is None else found.whole_number(least)


def sampler(holder: Section) -> str | None:
    """The sampler; None if the service has its own way."""
    algorithm = holder.take("algorithm")
    return None if algorithm is None else algorithm.one_of(ALGORITHMS)


def double(param: Section, bounds: Section) -> Values:
    """All numbers from minValue to maxValue of `bounds`, on the scale of `param`."""
    scale, low, high = _scale(param), bounds.require("minValue"), bounds.require("maxValue")
    _check_range(low, high, scale, low.number(), high.number())
    distribution = FloatDistribution(low.number(), high.number(), log=scale.is_log)
    return distribution, scale is Scale.REVERSE_LOG


def integer(param: Section, bounds: Section) -> Values:
    """All whole numbers from minValue to maxValue of `bounds`, on the scale of `param`."""
    scale, low, high = _scale(param), bounds.require("minValue"), bounds.require("maxValue")
    _check_range(low, high, scale, low.whole_number(), high.whole_number())
    distribution = IntDistribution(low.whole_number(), high.whole_number(), log=scale.is_log)
    return distribution, scale is Scale.REVERSE_LOG


def discrete(param: Section, values: Field) -> Values:
    """The numbers of a list, ints if all are written as ints."""
    items = values.items()
    for item in items:
        item.number()
    return _choices(param, items, numbers([item.text() for item in items]) or [])


def categorical(param: Section, values: Field) -> Values:
    """The texts of a list, exactly as written."""
    items = values.items()
    return _choices(param, items, [item.text() for item in items])


def _scale(param: Section) -> Scale:
    found = param.take("scaleType")
    return Scale.NONE if found is None else found.one_of(_SCALES)


def _check_range(low: Field, high: Field, scale: Scale, least: float, most: float) -> None:
    if least > most:
        raise low.wrong(f"at most maxValue, which is {high.written}")
    if scale.is_log and least <= 0:
        raise low.wrong(f"above 0 for the scaleType {scale.value}")


def _choices(param: Section, items: list[Field], choices: list[Any]) -> Values:
    for i, item in enumerate(items):
        if choices[i] in choices[:i]:
            raise item.wrong("a value that is not in the list yet")
    scale = param.take("scaleType")
    if scale is not None and scale.one_of(_SCALES).value.startswith("UNIT_"):
        scale.notice("choices have no scale, and each is equally likely at first")
    return CategoricalDistribution(choices), False
