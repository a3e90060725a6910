"""Rungs: every configuration is trained a little, and the best of each rung up to the next.

Asynchronous successive halving (ASHA) by promotion, as in Li et al., "A System for Massively
Parallel Hyperparameter Tuning", MLSys 2020 (arXiv:1810.05934), algorithm 2: whenever a slot is
free, a configuration that is among the best 1/reduction_factor of its rung and has not been
promoted continues to the next; if there is none, a new one starts. Brackets that start at
higher rungs guard against early evaluations that mislead, as in Li et al., "Hyperband", JMLR 2018
(arXiv:1603.06560), which also gives their shares of the configurations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from optuna.trial import FrozenTrial

from sweep import attrs
from sweep.errors import UsageError
from sweep.schedule.base import (
    Continuation,
    check_whole,
    continuation,
    continued,
    is_continuation,
    is_paused,
)
from sweep.schedule.objective import Objective

REDUCTION_FACTOR = 4
"""The default is the paper's own; benchmarks/schedulers.py compares it with others."""


@dataclass(frozen=True)
class Rungs:
    """Asynchronous successive halving of a study's configurations.

    Raises:
        UsageError: there are fewer than two rungs, or another number is out of range.
    """

    n_rungs: int
    """The number of rungs; the highest is max_steps."""
    reduction_factor: int = REDUCTION_FACTOR
    """How many times as far each rung is as the one below; one in this many is promoted."""
    n_brackets: int = 1
    """The number of rungs that configurations start at: 1 is ASHA, more is Hyperband."""

    def __post_init__(self) -> None:
        check_whole(**asdict(self))
        if self.n_rungs < 2:
            raise UsageError(f"There must be at least 2 rungs, but got {self.n_rungs}.")
        if self.reduction_factor < 2:
            raise UsageError(
                f"The reduction factor must be at least 2, but got {self.reduction_factor}."
            )
        if not 1 <= self.n_brackets <= self.n_rungs:
            raise UsageError(
                f"With {self.n_rungs} rungs there can be 1 to {self.n_rungs} brackets, but got "
                f"{self.n_brackets}."
            )

    @property
    def n_configurations(self) -> None:
        """None: rungs work for any number of configurations."""

    @property
    def least_configurations(self) -> int:
        """How many configurations are needed for one to be promoted to the last rung.

        The bracket with the fewest halvings h is the first that has the reduction_factor**h that
        this needs, which is h + 1 times its weight; by then each has that many times its own.
        """
        fewest_halvings = self.n_rungs - self.n_brackets
        return sum(
            (fewest_halvings + 1) * self.reduction_factor**halvings // (halvings + 1)
            for halvings in range(fewest_halvings, self.n_rungs)
        )

    def first_leg(self, trials: Sequence[FrozenTrial]) -> dict[str, Any]:
        """The rung that a new configuration starts at, which is also its bracket's number."""
        started = Counter(
            trial.user_attrs.get(attrs.BRACKET) for trial in trials if not is_continuation(trial)
        )
        bracket = min(range(self.n_brackets), key=lambda b: (started[b] + 1) / self.weight(b))
        return {attrs.RUNG: bracket, attrs.BRACKET: bracket}

    def share(self, leg_attrs: Mapping[str, Any]) -> float:
        """The share of max_steps up to the rung of a trial with these attributes."""
        below_the_top = self.n_rungs - 1 - int(leg_attrs.get(attrs.RUNG, self.n_rungs - 1))
        return float(self.reduction_factor**-below_the_top)

    def next_leg(self, trials: Sequence[FrozenTrial], objective: Objective) -> Continuation | None:
        """The best configuration of the highest rung that has one to promote."""
        promoted = continued(trials)
        paused = [trial for trial in trials if is_paused(trial) and attrs.RUNG in trial.user_attrs]
        for rung in reversed(range(self.n_rungs - 1)):
            for bracket in range(min(rung + 1, self.n_brackets)):
                there = {attrs.RUNG: rung, attrs.BRACKET: bracket}.items()
                ranked = objective.best_first(t for t in paused if there <= t.user_attrs.items())
                for trial in ranked[: len(ranked) // self.reduction_factor]:
                    if trial.number not in promoted:
                        leg_attrs = {attrs.RUNG: rung + 1, attrs.BRACKET: bracket}
                        return continuation(trial, trial.params, **leg_attrs)
        return None

    def needed(self, trials: Sequence[FrozenTrial]) -> set[int]:
        """The paused trials that are not promoted: they may still rise in rank."""
        paused = {trial.number for trial in trials if is_paused(trial)}
        return paused - continued(t for t in trials if attrs.MAX_STEPS not in t.user_attrs)

    def to_json(self) -> dict[str, Any]:
        """What the study keeps."""
        return {"kind": "rungs", **asdict(self)}

    def weight(self, bracket: int) -> float:
        """How many configurations a bracket has, relative to the others."""
        halvings = self.n_rungs - 1 - bracket
        return float(self.reduction_factor**halvings / (halvings + 1))
