"""The flags of a program that a sweep varies, as one search space."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from optuna.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    check_distribution_compatibility,
    distribution_to_json,
    json_to_distribution,
)

from sweep.errors import UsageError
from sweep.program.program import GIVEN
from sweep.search.space import admits

if TYPE_CHECKING:
    import optuna

Distribution: TypeAlias = FloatDistribution | IntDistribution | CategoricalDistribution


@dataclass(frozen=True)
class Flag:
    """One flag, its distribution, and the flags that depend on it.

    Optuna has no reverse-log scale. A flag on one is drawn as its distance from the sum of both
    bounds, on a log scale between them. The study's param is named after that: `1.899 - momentum`
    for a momentum from 0.9 to 0.999.

    Args:
        name: its name as typed, without the two leading hyphens.
        distribution: its values; for a reverse-log scale, one with `log`.
        reverse_log: whether values near the top are sampled more finely than those near the
            bottom.
        branches: the flags that exist only at some of its values.

    Raises:
        UsageError: the flag or one of its branches cannot have its name.
    """

    name: str
    distribution: Distribution
    reverse_log: bool = False
    branches: tuple[Branch, ...] = ()

    def __post_init__(self) -> None:
        if not self.name or self.name.startswith("-") or re.search(r"[\s=]", self.name):
            raise UsageError(
                f"A flag cannot be named {self.name!r}: give its name alone, as in learning-rate."
            )
        if self.name in GIVEN:
            raise UsageError(
                f"A flag named {self.name!r} cannot be varied, because sweep gives each trial its "
                f"own: put {{{self.name}}} where the program takes it."
            )
        for branch in self.branches:
            for value in branch.values:
                if not admits(self.distribution, value):
                    raise UsageError(
                        f"The flag {branch.flag.name!r} cannot depend on {self.name!r} being "
                        f"{value!r}, which it never is: name values that it takes."
                    )
            _check_apart([self.name], branch.flag.names)
        for one, other in combinations(self.branches, 2):
            if set(one.values) & set(other.values):
                _check_apart(one.flag.names, other.flag.names)

    @property
    def param(self) -> str:
        """The name of the param that it is drawn as."""
        return f"{_plain(self._sum)} - {self.name}" if self.reverse_log else self.name

    @property
    def names(self) -> tuple[str, ...]:
        """Its own name and the names in its branches."""
        return tuple(flag.name for flag in self.walk())

    def walk(self) -> Iterator[Flag]:
        """The flag itself and all flags in its branches."""
        yield self
        for branch in self.branches:
            yield from branch.flag.walk()

    def draw(self, trial: optuna.Trial) -> Iterator[tuple[str, Any]]:
        """Its name and value in one trial, and those of the flags that depend on this value."""
        value = self.mirrored(_suggest(trial, self.param, self.distribution))
        yield self.name, value
        for branch in self.branches:
            if value in branch.values:
                yield from branch.flag.draw(trial)

    def mirrored(self, value: Any) -> Any:
        """The flag's value for a drawn value, or the other way round."""
        if not self.reverse_log or isinstance(value, bool) or not isinstance(value, int | float):
            return value
        # In decimals, so that a bound maps exactly onto the other bound.
        return _plain(self._sum - Decimal(repr(value)))

    @property
    def _sum(self) -> Decimal:
        assert not isinstance(self.distribution, CategoricalDistribution)
        return Decimal(repr(self.distribution.low)) + Decimal(repr(self.distribution.high))

    def to_json(self) -> dict[str, Any]:
        """Plain data that `from_json` reads."""
        return {
            "name": self.name,
            "distribution": json.loads(distribution_to_json(self.distribution)),
            "reverse_log": self.reverse_log,
            "branches": [
                {"values": list(branch.values), "flag": branch.flag.to_json()}
                for branch in self.branches
            ],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The flag that `to_json` wrote."""
        distribution = json_to_distribution(json.dumps(content["distribution"]))
        assert isinstance(distribution, Distribution)
        return cls(
            content["name"],
            distribution,
            content["reverse_log"],
            tuple(
                Branch(tuple(branch["values"]), Flag.from_json(branch["flag"]))
                for branch in content["branches"]
            ),
        )


@dataclass(frozen=True)
class Branch:
    """A flag that exists only where the flag above it has one of these values."""

    values: tuple[Any, ...]
    flag: Flag


@dataclass(frozen=True, repr=False)
class FlagSpace:
    """All flags that are varied. Called with a trial, it is a study's search space.

    Raises:
        UsageError: two flags in one trial could have the same name, or a study cannot hold both.
    """

    flags: tuple[Flag, ...]

    def __post_init__(self) -> None:
        for one, other in combinations(self.flags, 2):
            _check_apart(one.names, other.names)
        first: dict[str, Distribution] = {}
        for flag in self._walk():
            try:
                check_distribution_compatibility(
                    first.setdefault(flag.param, flag.distribution), flag.distribution
                )
            except ValueError:
                raise UsageError(
                    f"The flag {flag.name!r} has another type, another scale or other choices in "
                    "one branch than in another, but a study holds it as one param: make them "
                    "agree, or give each a name of its own."
                ) from None

    def __call__(self, trial: optuna.Trial) -> dict[str, Any]:
        """The flags of one trial, with their values."""
        return {name: value for flag in self.flags for name, value in flag.draw(trial)}

    def __repr__(self) -> str:
        return f"FlagSpace({', '.join(self.names)})"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all flags, including those in branches, each once."""
        return tuple(dict.fromkeys(flag.name for flag in self._walk()))

    def params(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values of flags, as the params that a study draws them as.

        Names that are not flags keep their values.
        """
        named = {name: [flag for flag in self._walk() if flag.name == name] for name in values}
        plain = {name: value for name, value in values.items() if not named[name]}
        return plain | {
            flag.param: flag.mirrored(values[name]) for name in named for flag in named[name]
        }

    def to_json(self) -> list[dict[str, Any]]:
        """Plain data that `from_json` reads."""
        return [flag.to_json() for flag in self.flags]

    @classmethod
    def from_json(cls, content: Sequence[Mapping[str, Any]]) -> Self:
        """The space that `to_json` wrote."""
        return cls(tuple(Flag.from_json(flag) for flag in content))

    def _walk(self) -> Iterator[Flag]:
        for flag in self.flags:
            yield from flag.walk()


def _check_apart(names: Sequence[str], others: Sequence[str]) -> None:
    for name in names:
        if name in others:
            raise UsageError(
                f"Two flags that can be in one trial are both named {name!r}: rename one of them."
            )


def _plain(value: Decimal) -> int | float:
    return int(value) if value.as_tuple().exponent == 0 else float(value)


def _suggest(trial: optuna.Trial, param: str, distribution: Distribution) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return trial.suggest_categorical(param, distribution.choices)
    if isinstance(distribution, IntDistribution):
        return trial.suggest_int(
            param, distribution.low, distribution.high, step=distribution.step, log=distribution.log
        )
    return trial.suggest_float(
        param, distribution.low, distribution.high, step=distribution.step, log=distribution.log
    )
