"""The legs of a sweep, estimated before any of them is trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sweep import attrs
from sweep.schedule.base import Scheduler
from sweep.schedule.population import Population
from sweep.schedule.rungs import Rungs


@dataclass(frozen=True)
class ExpectedLegs:
    """Legs of one length."""

    n: float
    """About how many of them."""
    begin: float
    """The share of max_steps done when they start."""
    end: float
    """The share of max_steps done when they end."""


def expected_legs(scheduler: Scheduler, n_configurations: int) -> list[ExpectedLegs]:
    """The legs of a sweep with this many configurations, if no trial fails."""
    match scheduler:
        case Rungs():
            return list(_of_rungs(scheduler, n_configurations))
        case Population(n_members, n_legs):
            return [
                ExpectedLegs(n_members, leg / n_legs, (leg + 1) / n_legs) for leg in range(n_legs)
            ]
        case _:
            return [ExpectedLegs(n_configurations, 0.0, 1.0)]


def pauses(scheduler: Scheduler) -> list[float]:
    """The shares of max_steps at which a training may pause."""
    legs = expected_legs(scheduler, 1)
    return sorted({leg.end for leg in legs if leg.end < 1})


def _of_rungs(rungs: Rungs, n_configurations: int) -> Iterator[ExpectedLegs]:
    weights = [rungs.weight(bracket) for bracket in range(rungs.n_brackets)]
    for bracket, weight in enumerate(weights):
        started = n_configurations * weight / sum(weights)
        for rung in range(bracket, rungs.n_rungs):
            before = 0.0 if rung == bracket else rungs.share({attrs.RUNG: rung - 1})
            n = started / rungs.reduction_factor ** (rung - bracket)
            yield ExpectedLegs(n, before, rungs.share({attrs.RUNG: rung}))
