"""A schedule of params that a population found, trained again from its start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optuna.trial import FrozenTrial

from sweep import attrs
from sweep.schedule.base import Continuation, continuation, continued, is_paused
from sweep.schedule.objective import Objective


@dataclass(frozen=True)
class Replay:
    """One configuration that trains through the legs of a schedule, each with its own params."""

    params: tuple[Mapping[str, Any], ...]
    """The params of each leg."""
    shares: tuple[float, ...]
    """The share of max_steps done at the end of each leg; the last is 1."""
    max_steps: int
    """The steps of the whole training, which may differ from the study's max_steps."""
    seeds: tuple[int, ...] = ()
    """The seed of each leg; empty if the new study derives its own."""

    @property
    def n_configurations(self) -> int:
        """One: the schedule is trained once."""
        return 1

    def first_leg(self, trials: Sequence[FrozenTrial]) -> dict[str, Any]:
        """The first leg of the schedule."""
        return self._leg(0)

    def share(self, leg_attrs: Mapping[str, Any]) -> float:
        """The share of the schedule."""
        return self.shares[int(leg_attrs.get(attrs.LEG, -1))]

    def next_leg(self, trials: Sequence[FrozenTrial], objective: Objective) -> Continuation | None:
        """The leg after the last one that is done."""
        done = continued(trials)
        for trial in trials:
            if is_paused(trial) and trial.number not in done:
                leg = trial.user_attrs[attrs.LEG] + 1
                return continuation(trial, self.params[leg], **self._leg(leg))
        return None

    def needed(self, trials: Sequence[FrozenTrial]) -> set[int]:
        """The last leg, until the next has its checkpoint."""
        return {trial.number for trial in trials if is_paused(trial)} - continued(trials)

    def to_json(self) -> dict[str, Any]:
        """What the study keeps."""
        params = [dict(params) for params in self.params]
        kept: dict[str, Any] = {"kind": "replay", "params": params, "shares": list(self.shares)}
        kept |= {"max_steps": self.max_steps}
        return kept | {"seeds": list(self.seeds)} if self.seeds else kept

    def _leg(self, leg: int) -> dict[str, Any]:
        own = {attrs.LEG: leg, attrs.MAX_STEPS: self.max_steps}
        return own | {attrs.GIVEN_SEED: self.seeds[leg]} if self.seeds else own
