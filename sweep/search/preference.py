"""Which of several metrics counts how much, where one trial of a Pareto front is to be chosen."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sweep.errors import UsageError
from sweep.search.front import Front
from sweep.wording import question

Point = Sequence[float]


@dataclass(frozen=True)
class Scale:
    """The one number that stands for the values of a trial."""

    name: str
    """The metric, or the weighting."""
    direction: str
    """Whether the larger number is the better one, as "maximize" or "minimize"."""
    of: Callable[[Point], float]
    """The number, of a trial's values in the order of the metrics."""

    @property
    def sign(self) -> int:
        """What the number is multiplied by, so that the larger one is better."""
        return 1 if self.direction == "maximize" else -1


@dataclass(frozen=True)
class Preference:
    """The weights of some of a study's metrics."""

    weights: Mapping[str, float]

    @classmethod
    def parse(cls, text: str) -> Preference:
        """What is written as `accuracy`, or as `accuracy=2,loss=1`.

        Raises:
            UsageError: it is written otherwise.
        """
        weights: dict[str, float] = {}
        for item in text.split(","):
            name, equals, weight = map(str.strip, item.partition("="))
            weights[name] = _number(weight) if equals else 1.0
        if not all(name and weight > 0 for name, weight in weights.items()):
            raise UsageError(
                f"What is preferred is a metric, or several with weights above 0, as in "
                f"accuracy=2,loss=1, but got {text!r}."
            )
        return cls(weights)

    def __str__(self) -> str:
        if len(self.weights) == 1:
            return next(iter(self.weights))
        return ",".join(f"{name}={weight:.15g}" for name, weight in self.weights.items())

    def scale(
        self, metrics: Sequence[str], directions: Sequence[str], points: Iterable[Point]
    ) -> Scale:
        """What it comes to for a study with these metrics.

        One metric counts as it is. Of several, each counts by how far a value lies between the
        worst of it on the Pareto front, which is 0, and the best, which is 1. Where the front has
        one value of it, the worst is that of all trials.

        Args:
            metrics: the study's.
            directions: one for each.
            points: the values of its trials, of which some are the front.

        Raises:
            UsageError: the study does not have such a metric.
        """
        for name in self.weights:
            if name not in metrics:
                raise UsageError(
                    f"--prefer names {name!r}, but the metrics of the study are "
                    f"{', '.join(metrics)}{question(name, metrics)}"
                )
        if len(self.weights) == 1:
            at = list(metrics).index(str(self))
            return Scale(str(self), directions[at], lambda point: point[at])
        ends = list(map(_ends, directions, *_columns(directions, list(points))))
        total = math.fsum(self.weights.values())
        shares = [self.weights.get(metric, 0.0) / total for metric in metrics]

        def weighted(point: Point) -> float:
            return math.fsum(
                share * (value - worst) / (best - worst)
                for share, value, (worst, best) in zip(shares, point, ends, strict=True)
                if share and best != worst
            )

        return Scale(str(self), "maximize", weighted)


def _columns(directions: Sequence[str], points: Sequence[Point]) -> tuple[list[Point], list[Point]]:
    """By metric, its values on the Pareto front, and all of them."""
    front: Front[Point] = Front(directions)
    for point in points:
        front.add(point, point)
    none: list[Point] = [[0.0]] * len(directions)
    on_front: list[Point] = list(zip(*front.members, strict=True))
    of_all: list[Point] = list(zip(*points, strict=True))
    return on_front or none, of_all or none


def _ends(direction: str, on_front: Point, of_all: Point) -> tuple[float, float]:
    """The worst and the best value of a metric that count."""
    known = on_front if min(on_front) < max(on_front) else of_all
    ends = min(known), max(known)
    return ends if direction == "maximize" else (ends[1], ends[0])


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
