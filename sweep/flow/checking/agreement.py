"""Whether two trainings with the same seed give the same metrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sweep.flow.checking.attempts import Attempt


@dataclass(frozen=True)
class Agreement:
    """How far two trainings agree."""

    step: int | None
    """The step of the last evaluation that was compared; None if there was none to compare."""
    differing: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    """The metrics that differ in the first evaluation that differs, with both values."""
    differs_at: int | None = None
    """The step of that evaluation."""


def compare(one: Attempt, other: Attempt) -> Agreement:
    """Compares the evaluations at the same steps, to the last bit."""
    theirs = {each["step"]: each for each in _evaluations(other)}
    common = [(each, theirs[each["step"]]) for each in _evaluations(one) if each["step"] in theirs]
    for mine, its in common:
        differing = {
            name: (mine.get(name), its.get(name))
            for name in {**mine, **its}
            if repr(mine.get(name)) != repr(its.get(name))  # in which NaN equals NaN
        }
        if differing:
            return Agreement(common[-1][0]["step"], differing, mine["step"])
    return Agreement(common[-1][0]["step"] if common else None)


def _evaluations(attempt: Attempt) -> list[dict[str, Any]]:
    return [] if attempt.outcome is None else attempt.outcome.evaluations
