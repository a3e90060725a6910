"""What a study optimizes: which of its trials are better than others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from optuna.trial import FrozenTrial, TrialState

from sweep import attrs
from sweep.search.constraints import total_excess
from sweep.search.front import in_order_of_fronts
from sweep.search.preference import Preference, Scale


@dataclass(frozen=True)
class Objective:
    """The metrics of a study, each with its direction."""

    metrics: tuple[str, ...]
    directions: tuple[str, ...]
    preference: Preference | None = None
    """The weights of several metrics, if one order is wanted."""

    @property
    def maximize(self) -> bool:
        """For a study with one metric: whether larger values are better."""
        return self.directions[0] == "maximize"

    def best_first(self, trials: Iterable[FrozenTrial]) -> list[FrozenTrial]:
        """Trials by their values, earlier ones first if they are equal.

        Trials that break constraints come last, the smallest violation first. With several metrics
        and without a preference, the others come front by front (see `sweep.search.front`).
        """
        known = [(trial, point) for trial in trials if (point := self.point(trial)) is not None]
        known.sort(key=lambda pair: pair[0].number)
        kept = [(trial, point) for trial, point in known if is_feasible(trial)]
        broken = [trial for trial, _ in known if not is_feasible(trial)]
        return [*self._in_order(kept), *sorted(broken, key=lambda t: self._brokenness(t))]

    def point(self, trial: FrozenTrial) -> list[float] | None:
        """The values of a trial, or of its last evaluation; None if one is not a finite number."""
        if len(self.metrics) == 1:
            found = [trial.value]
        elif trial.state is TrialState.COMPLETE:
            found = list(trial.values)
        else:
            found = [trial.user_attrs.get(attrs.metric(name)) for name in self.metrics]
        point = [float(v) for v in found if isinstance(v, int | float) and math.isfinite(v)]
        return point if len(point) == len(self.metrics) else None

    def scale(self, trials: Iterable[FrozenTrial]) -> Scale:
        """One number for the values of a trial, scaled by these trials.

        Without a preference, it is the first metric.
        """
        preference = self.preference or Preference({self.metrics[0]: 1.0})
        points = [point for trial in trials if (point := self.point(trial)) is not None]
        return preference.scale(self.metrics, self.directions, points)

    def _in_order(self, kept: Sequence[tuple[FrozenTrial, list[float]]]) -> list[FrozenTrial]:
        points = [point for _, point in kept]
        if len(self.metrics) > 1 and self.preference is None:
            return [kept[at][0] for at in in_order_of_fronts(points, self.directions)]
        scale = self.scale(trial for trial, _ in kept)
        fronts = in_order_of_fronts(points, self.directions) if len(self.metrics) > 1 else None
        among_equals = kept if fronts is None else [kept[at] for at in fronts]
        ranked = sorted(among_equals, key=lambda pair: -scale.sign * scale.of(pair[1]))
        return [trial for trial, _ in ranked]

    def _brokenness(self, trial: FrozenTrial) -> tuple[float, float]:
        point = self.point(trial)
        assert point is not None
        return violation(trial), -point[0] if self.maximize else point[0]


def violation(trial: FrozenTrial) -> float:
    """By how much a trial breaks the constraints of its study; 0 if it keeps them."""
    return total_excess(list(trial.constraints.values()))


def is_feasible(trial: FrozenTrial) -> bool:
    """Whether a trial keeps the constraints of its study."""
    return violation(trial) == 0
