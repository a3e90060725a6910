"""Reads `--vary`: `NAME=LOW..HIGH`, or `NAME=a,b,c`, as flags to sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from sweep.errors import UsageError
from sweep.program.numerals import number, numbers
from sweep.program.space import Distribution, Flag, FlagSpace

_LOG, _STEP = "log", "step="


def parse_vary(texts: Sequence[str]) -> FlagSpace:
    """The flags that all `--vary` options describe together.

    If several options name one flag, each gives one choice, including any commas.

    Raises:
        UsageError: an option cannot be read; the message shows a correct one.
    """
    given: dict[str, list[str]] = {}
    for text in texts:
        name, equals, values = text.removeprefix("--").partition("=")
        if not name:
            raise UsageError(
                f"--vary {text} names no flag: write NAME=LOW..HIGH or NAME=a,b,c, as in "
                "learning-rate=1e-5..1e-1:log."
            )
        if not (equals and values):
            raise UsageError(f"--vary {text} gives no values: {_as_in(name)}.")
        given.setdefault(name, []).append(values)
    return FlagSpace(tuple(Flag(name, _values(name, listed)) for name, listed in given.items()))


def _values(name: str, given: Sequence[str]) -> Distribution:
    for text in given:
        if (found := _Range.read(name, text)) is not None:
            if len(given) > 1:
                raise UsageError(
                    f"--vary {name}={text} is a range, but {name} is given again: give one range "
                    "or choices."
                )
            return found.distribution()
    return _choices(name, given if len(given) > 1 else given[0].split(","))


@dataclass(frozen=True)
class _Range:
    given: str
    name: str
    low: str
    high: str
    suffixes: tuple[str, ...]

    @classmethod
    def read(cls, name: str, text: str) -> Self | None:
        """The range that was typed; None unless two numbers have `..` between them."""
        low, _, rest = text.partition("..")
        high, *suffixes = rest.split(":")
        if number(low) is None or number(high) is None:
            return None
        return cls(f"--vary {name}={text}", name, low, high, tuple(suffixes))

    def distribution(self) -> Distribution:
        low, high = Decimal(self.low), Decimal(self.high)
        if low > high:
            turned = ":".join([f"{self.name}={self.high}..{self.low}", *self.suffixes])
            raise UsageError(f"{self.given} runs downwards: write {turned}.")
        if low == high:
            raise UsageError(
                f"{self.given} is a single number: give two different numbers, or put "
                f"--{self.name}={self.low} among the program's arguments."
            )
        for suffix in self.suffixes:
            if suffix != _LOG and not suffix.startswith(_STEP):
                raise UsageError(
                    f"{self.given} ends in ':{suffix}', which has no meaning: end it in :log, in "
                    ":step= with a number, or in the number."
                )
        if len(self.suffixes) > 1:
            raise UsageError(
                f"{self.given} has more than one of :log and :step=, which cannot be combined: "
                "choose one."
            )
        if self.suffixes and self.suffixes != (_LOG,):
            return self._stepped(self.suffixes[0].removeprefix(_STEP))
        return self._continuous(log=bool(self.suffixes))

    @property
    def _is_whole(self) -> bool:
        return all(isinstance(number(bound), int) for bound in (self.low, self.high))

    def _continuous(self, log: bool) -> Distribution:
        if log and float(self.low) <= 0:
            right = "1..100" if self._is_whole else "1e-5..1e-1"
            raise UsageError(
                f"{self.given} has a log scale from {self.low}: start it above 0, as in "
                f"{self.name}={right}:log, or leave :log out."
            )
        if self._is_whole:
            return IntDistribution(int(self.low), int(self.high), log=log)
        return FloatDistribution(float(self.low), float(self.high), log=log)

    def _stepped(self, text: str) -> Distribution:
        low, high = Decimal(self.low), Decimal(self.high)
        if number(text) is None or not 0 < (step := Decimal(text)) <= high - low:
            fitting = 1 if self._is_whole else (high - low) / 10
            raise UsageError(
                f"{self.given} has the step {text!r}: give a number above 0 that fits into the "
                f"range, as in {self.name}={self.low}..{self.high}:step={fitting}."
            )
        # The highest value that the steps reach. Optuna would warn about a range that goes beyond.
        top = low + (high - low) // step * step
        if not self._is_whole:
            return FloatDistribution(float(low), float(top), step=float(step))
        if isinstance(number(text), float):
            raise UsageError(
                f"{self.given} has whole numbers in steps of {text}: write "
                f"{self.name}={self.low}.0..{self.high}.0:step={text} for fractions."
            )
        return IntDistribution(int(low), int(top), step=int(step))


def _choices(name: str, given: Sequence[str]) -> CategoricalDistribution:
    texts = [text.strip() for text in given]
    shown = f"--vary {name}={','.join(given)}"
    if not all(texts):
        raise UsageError(f"{shown} has an empty choice: {_as_in(name)}.")
    if len(texts) == 1:
        raise UsageError(f"{shown} has only one choice: {_as_in(name)}.")
    for text in texts:
        if _Range.read(name, text) is not None or _has_suffix(text):
            raise UsageError(
                f"{shown} has {text!r} among its choices: give a range alone, as in "
                f"{name}=1e-5..1e-1:log."
            )
    choices: Sequence[Any] = numbers(texts) or texts
    for i, choice in enumerate(choices):
        if choice in choices[:i]:
            raise UsageError(f"{shown} has the choice {choice!r} twice: give each once.")
    return CategoricalDistribution(choices)


def _has_suffix(text: str) -> bool:
    """Whether it is a number with an ending that only a range can have."""
    value, _, suffix = text.partition(":")
    return number(value) is not None and (suffix == _LOG or suffix.startswith(_STEP))


def _as_in(name: str) -> str:
    return f"write a range, as in {name}=1e-5..1e-1:log, or choices, as in {name}=a,b,c"
