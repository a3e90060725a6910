"""Constraints: limits on metrics that a trial must keep, however good its value is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sweep.errors import UsageError

Declared = Mapping[str, str | Sequence[str]] | Sequence[str]
"""Constraints as people write them: {"latency": "<= 20"}, or ["latency <= 20"]."""

_WRITTEN = re.compile(r"\s*(?P<metric>.*?)\s*(?P<relation><=|>=)\s*(?P<bound>\S+)\s*")


@dataclass(frozen=True)
class Constraint:
    """A metric with an upper or a lower limit."""

    metric: str
    is_most: bool
    """Whether the bound is an upper limit rather than a lower one."""
    bound: float

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """The constraint in a text such as `latency <= 20` or `recall >= 0.9`.

        Raises:
            UsageError: the text is not a constraint.
        """
        match = _WRITTEN.fullmatch(text)
        bound = math.nan if match is None else _number(match["bound"])
        if match is None or not match["metric"] or not math.isfinite(bound):
            raise UsageError(
                f"The constraint {text!r} must be a metric, <= or >=, and a number, as in "
                "'latency <= 20'."
            )
        return cls(match["metric"], match["relation"] == "<=", bound)

    def __str__(self) -> str:
        return f"{self.metric} {'<=' if self.is_most else '>='} {self.bound:.15g}"

    def excess(self, value: float) -> float:
        """By how much a value breaks the constraint; at most 0 if it keeps it, as in Optuna."""
        return value - self.bound if self.is_most else self.bound - value


def are_texts(declared: Any) -> bool:
    """Whether a value has a type in which constraints are declared, whatever they say."""
    bounds = declared.values() if isinstance(declared, Mapping) else [declared]
    several = [[bound] if isinstance(bound, str) else bound for bound in bounds]
    return not isinstance(declared, str) and all(
        isinstance(each, Sequence) and all(isinstance(text, str) for text in each)
        for each in several
    )


def parse_constraints(declared: Declared) -> tuple[Constraint, ...]:
    """The declared constraints, in their order.

    Raises:
        UsageError: one of them is not a constraint.
    """
    return tuple(map(Constraint.parse, _texts(declared)))


def _texts(declared: Declared) -> Iterator[str]:
    if not isinstance(declared, Mapping):
        yield from declared
        return
    for metric, bounds in declared.items():
        for bound in [bounds] if isinstance(bounds, str) else bounds:
            yield f"{metric} {bound}"


def excesses(constraints: Sequence[Constraint], metrics: Mapping[str, Any]) -> list[float] | None:
    """By how much an evaluation breaks each constraint; None if it lacks one of the numbers."""
    found = []
    for constraint in constraints:
        value = metrics.get(constraint.metric)
        if not isinstance(value, int | float) or not math.isfinite(value):
            return None
        found.append(constraint.excess(value))
    return found


def total_excess(found: Sequence[float]) -> float:
    """By how much all constraints together are broken; 0 if all are kept."""
    return math.fsum(excess for excess in found if excess > 0)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
