"""Population based training: members that train in legs, copy better ones and vary their params.

Jaderberg et al., "Population Based Training of Neural Networks", 2017 (arXiv:1711.09846). After
each leg, a member among the worst EXPLOITED of the population takes the checkpoint and the params
of one of the best EXPLOITED (truncation selection, section 4.1.1) and explores: each param is drawn
again with probability RESAMPLED, or else made a fifth smaller or larger. All others train on
unchanged. All choices are drawn from the seeds of the trials, so a sweep that was killed continues
in the same way.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState

from sweep import attrs
from sweep.errors import UsageError
from sweep.schedule.base import (
    Continuation,
    check_whole,
    continuation,
    is_continuation,
    is_paused,
)
from sweep.schedule.objective import Objective

EXPLOITED = 0.2
RESAMPLED = 0.25
FACTORS = (0.8, 1.2)


@dataclass(frozen=True)
class Population:
    """Population based training: each of the study's configurations is a member.

    Raises:
        UsageError: there are fewer than two members or legs, or `explore` is one string.
    """

    n_members: int
    n_legs: int = 10
    """The number of equal parts that the training to max_steps is divided into."""
    explore: tuple[str, ...] = ()
    """The params that exploration may change. They must not change the model's variables. If empty,
    all params that are real numbers."""

    def __post_init__(self) -> None:
        check_whole(n_members=self.n_members, n_legs=self.n_legs)
        if self.n_members < 2:
            raise UsageError(f"A population needs at least 2 members, but got {self.n_members}.")
        if self.n_legs < 2:
            raise UsageError(f"A member needs at least 2 legs, but got {self.n_legs}.")
        if isinstance(self.explore, str):
            raise UsageError(
                f"`explore` must be several names, as in ({self.explore!r},), but got "
                f"{self.explore!r}."
            )

    @property
    def n_configurations(self) -> int:
        """The number of members."""
        return self.n_members

    def first_leg(self, trials: Sequence[FrozenTrial]) -> dict[str, Any]:
        """The first leg of a new member."""
        return {attrs.MEMBER: _n_members(trials), attrs.LEG: 0}

    def share(self, leg_attrs: Mapping[str, Any]) -> float:
        """The share of max_steps at the end of the leg of a trial with these attributes."""
        return (int(leg_attrs.get(attrs.LEG, self.n_legs - 1)) + 1) / self.n_legs

    def next_leg(self, trials: Sequence[FrozenTrial], objective: Objective) -> Continuation | None:
        """The next leg of the member that is furthest behind; new members come first."""
        resting = [trial for trial in _by_member(trials).values() if is_paused(trial)]
        started = (trial for trial in trials if trial.state is not TrialState.WAITING)
        if _n_members(started) < self.n_members or not resting:
            return None
        trial = min(resting, key=lambda t: (t.user_attrs[attrs.LEG], t.user_attrs[attrs.MEMBER]))
        draw = random.Random(f"{trial.user_attrs[attrs.SEED]} {trial.number}")
        ended = _by_member(t for t in trials if t.state.is_finished())
        ranked = objective.best_first(ended.values())
        n_exploited = max(1, int(EXPLOITED * len(ranked)))
        source, params = trial, dict(trial.params)
        if trial.number in [worst.number for worst in ranked[n_exploited:][-n_exploited:]]:
            better = [t for t in ranked[:n_exploited] if is_paused(t) and _leg(t) >= _leg(trial)]
            if better:
                source = draw.choice(better)
                params = self._explored(source, draw)
        member = {attrs.MEMBER: trial.user_attrs[attrs.MEMBER], attrs.LEG: _leg(source) + 1}
        return continuation(source, params, **member)

    def needed(self, trials: Sequence[FrozenTrial]) -> set[int]:
        """The last leg of each member: the member continues it, or another member copies it."""
        ended = _by_member(trial for trial in trials if trial.state.is_finished())
        return {trial.number for trial in ended.values() if is_paused(trial)}

    def to_json(self) -> dict[str, Any]:
        """What the study keeps."""
        return {"kind": "population", **asdict(self), "explore": list(self.explore)}

    def _explored(self, trial: FrozenTrial, draw: random.Random) -> dict[str, Any]:
        """The trial's params, with those that are explored changed a little or drawn again."""
        params = dict(trial.params)
        for name, distribution in trial.distributions.items():
            if name in self.explore or (
                not self.explore and isinstance(distribution, FloatDistribution)
            ):
                resampled = draw.random() < RESAMPLED
                params[name] = (
                    _drawn(distribution, draw)
                    if resampled
                    else _perturbed(params[name], distribution, draw)
                )
        return params


def _n_members(trials: Iterable[FrozenTrial]) -> int:
    """The number of members, including those whose first leg was lost before it was recorded."""
    return sum(not is_continuation(trial) for trial in trials)


def _by_member(trials: Iterable[FrozenTrial]) -> dict[int, FrozenTrial]:
    """The latest of these trials for each member."""
    return {t.user_attrs[attrs.MEMBER]: t for t in trials if attrs.MEMBER in t.user_attrs}


def _leg(trial: FrozenTrial) -> int:
    leg: int = trial.user_attrs[attrs.LEG]
    return leg


def _drawn(distribution: BaseDistribution, draw: random.Random) -> Any:
    """A value from anywhere in the distribution."""
    if isinstance(distribution, CategoricalDistribution):
        return draw.choice(distribution.choices)
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    low, high = distribution.low, distribution.high
    if distribution.log:
        return _fitted(math.exp(draw.uniform(math.log(low), math.log(high))), distribution)
    return _fitted(draw.uniform(low, high), distribution)


def _perturbed(value: Any, distribution: BaseDistribution, draw: random.Random) -> Any:
    """The value made a fifth smaller or larger; a categorical value is not changed."""
    if isinstance(distribution, FloatDistribution | IntDistribution):
        return _fitted(value * draw.choice(FACTORS), distribution)
    return value


def _fitted(value: float, distribution: FloatDistribution | IntDistribution) -> float:
    """The value closest to `value` that the distribution can suggest."""
    low, high, step = distribution.low, distribution.high, distribution.step
    if step is not None:
        value = low + round((value - low) / step) * step
    value = min(max(value, low), high)
    return int(value) if isinstance(distribution, IntDistribution) else value
