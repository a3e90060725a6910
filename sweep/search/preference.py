"""The weights of several metrics, to choose one trial of a Pareto front."""

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
    """One number for the values of a trial."""

    name: str
    """The metric, or the weights."""
    direction: str
    """Whether the larger or the smaller number is better, as "maximize" or "minimize"."""
    of: Callable[[Point], float]
    """The number, from a trial's values in the order of the metrics."""

    @property
    def sign(self) -> int:
        """The factor that makes the larger number the better one."""
        return 1 if self.direction == "maximize" else -1


@dataclass(frozen=True)
class Preference:
    """The weights of some of a study's metrics."""

    weights: Mapping[str, float]

    @classmethod
    def parse(cls, text: str) -> Preference:
        """The preference in a text such as `accuracy` or `accuracy=2,loss=1`.

        Raises:
            UsageError: the text is not a preference.
        """
        weights: dict[str, float] = {}
        for item in text.split(","):
            name, equals, weight = map(str.strip, item.partition("="))
            weights[name] = _number(weight) if equals else 1.0
        if not all(name and weight > 0 for name, weight in weights.items()):
            raise UsageError(
                f"A preference is a metric, or several metrics with weights above 0, as in "
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
        """The number for a trial of a study with these metrics.

        A single metric is taken as it is. Of several, each is scaled so that its worst value on the
        Pareto front is 0 and its best value is 1. If the front has only one value of it, the worst
        is that of all trials. Trials that are not on the front can lie outside, and so can trials
        that confirm others.

        Args:
            metrics: the study's metrics.
            directions: one for each metric.
            points: the values of all trials, those on the front included.

        Raises:
            UsageError: the study does not have one of the metrics.
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
    """For each metric, its values on the Pareto front, and all its values."""
    front: Front[Point] = Front(directions)
    for point in points:
        front.add(point, point)
    none: list[Point] = [[0.0]] * len(directions)
    on_front: list[Point] = list(zip(*front.members, strict=True))
    of_all: list[Point] = list(zip(*points, strict=True))
    return on_front or none, of_all or none


def _ends(direction: str, on_front: Point, of_all: Point) -> tuple[float, float]:
    """The worst and the best value of a metric on the scale."""
    known = on_front if min(on_front) < max(on_front) else of_all
    ends = min(known), max(known)
    return ends if direction == "maximize" else (ends[1], ends[0])


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
