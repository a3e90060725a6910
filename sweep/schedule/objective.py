"""What a study searches for: which of its trials are better than others."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from optuna.trial import FrozenTrial

from sweep.search.constraints import total_excess


@dataclass(frozen=True)
class Objective:
    """The metrics of a study, each with its direction."""

    metrics: tuple[str, ...]
    directions: tuple[str, ...]

    @property
    def maximize(self) -> bool:
        """Of a study with one metric: whether the larger value is the better one."""
        return self.directions[0] == "maximize"

    def best_first(self, trials: Iterable[FrozenTrial]) -> list[FrozenTrial]:
        """Trials by their values, those that began earlier first among equals.

        Those that break constraints come last, the one that breaks them the least first.
        """
        sign = -1 if self.maximize else 1
        ranked = [
            (violation(trial), sign * trial.value, trial.number, trial)
            for trial in trials
            if trial.value is not None and math.isfinite(trial.value)
        ]
        return [trial for _, _, _, trial in sorted(ranked)]


def violation(trial: FrozenTrial) -> float:
    """By how much a trial breaks the constraints of its study; 0 where it keeps them."""
    return total_excess(list(trial.constraints.values()))


def is_feasible(trial: FrozenTrial) -> bool:
    """Whether a trial keeps the constraints of its study."""
    return violation(trial) == 0
