"""Params that were already tried, and what to do when a sampler proposes them again.

If all params are choices and whole numbers, samplers propose params again that they have tried.
Params are then sampled again for the same trial, before any of them are written. After REDRAWS
attempts, new params are drawn at random. When all params were tried, no more trials start.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from sweep import attrs
from sweep.flow.active_trial import ActiveTrial
from sweep.flow.swept import SweptStudy
from sweep.search.combinations import Combinations
from sweep.search.samplers import make_sampler
from sweep.search.seeds import sampler_seed
from sweep.search.space import suggest
from sweep.storage.backlog import Say

REDRAWS = 5
RANDOM_DRAWS = 100


class Novelty:
    """The params of one study's search space that were tried.

    Args:
        swept: the study, and how it is swept.
        say: gets one notice when the sampler finds nothing new, and one when nothing is left.
    """

    def __init__(self, swept: SweptStudy, say: Say) -> None:
        self._study = swept.study
        self._space = swept.spec.search_space
        self._fixed = swept.options.fixed
        self._avoids = swept.options.duplicates == "avoid" and not swept.resolved.sampler_has_end
        self._seed = swept.resolved.seed
        self._combinations = Combinations(self._space, self._fixed)
        self._tried: dict[str, int] = {}
        """The number of the first trial that had these params."""
        self._n_seen = 0
        self._without_params: list[int] = []
        """Trials that had no params yet at the last look."""
        self._say = say
        self._has_told = False

    def ends_search(self, trials: Sequence[FrozenTrial]) -> bool:
        """Whether nothing is left to try; the study's search is then ended.

        Trials that wait to start come first.
        """
        if not self._avoids:
            return False
        self._learn(trials)
        if self._combinations.are_more_than(len(self._tried)):
            return False
        if any(trial.state is TrialState.WAITING for trial in trials):
            return False
        combinations = self._combinations.found
        if any(_key(params) not in self._tried for params in combinations):
            return False
        if not self._study.exhausted:
            number = "The one configuration" if len(combinations) == 1 else "All"
            of = "" if len(combinations) == 1 else f" {len(combinations)} configurations"
            verb = "was" if len(combinations) == 1 else "were"
            self._say(
                f"{number}{of} of the search space {verb} tried, so no more trials start. To try "
                "them again with other seeds, give --duplicates allow."
            )
        self._study.stop()
        return True

    def suggest(self, active: ActiveTrial, trials: Sequence[FrozenTrial]) -> None:
        """Gives the trial its params: new ones, unless it already has its own.

        Raises:
            StudyError: the search space cannot be used.
        """
        comes_with_own = bool(active.trial.params)
        self._draw(active)
        self._learn(trials[: active.number])
        if comes_with_own or self._first_of(active) is None or not active.begins_configuration:
            return
        if self._avoids and attrs.FIXED_PARAMS not in self._system_attrs(active):
            self._draw_anew(active)
        if (first := self._first_of(active)) is not None:
            active.leg_attrs[attrs.DUPLICATES] = first

    def _draw_anew(self, active: ActiveTrial) -> None:
        for _ in range(REDRAWS):
            self._draw_again(active)
            if self._first_of(active) is None:
                return
        if not self._has_told:
            self._has_told = True
            self._say(
                f"The sampler proposed params for trial {active.number} that were tried already, "
                f"and again in {REDRAWS} more attempts. Such trials get random params that were "
                "not tried. To keep what the sampler proposes, give --duplicates allow."
            )
        chance = make_sampler("random", sampler_seed(self._seed, active.number), self._fixed)
        for _ in range(RANDOM_DRAWS):
            self._draw_again(active, chance)
            if self._first_of(active) is None:
                return
        self._combinations.are_more_than(len(self._tried))
        for params in self._combinations.found:
            if _key(params) not in self._tried:
                self._draw_again(active, make_sampler("random", 0, params))
                return

    def _draw(self, active: ActiveTrial) -> None:
        active.params = suggest(self._space, active.trial)

    def _draw_again(self, active: ActiveTrial, sampler: BaseSampler | None = None) -> None:
        own = self._study.sampler
        self._study.sampler = sampler or own
        try:
            active.trial = self._study.begin_again(active.trial)
            self._draw(active)
        finally:
            self._study.sampler = own

    def _learn(self, trials: Sequence[FrozenTrial]) -> None:
        unknown = [*self._without_params, *range(self._n_seen, len(trials))]
        self._n_seen = max(self._n_seen, len(trials))
        self._without_params = []
        for number in unknown:
            if number < len(trials) and (params := trials[number].params):
                self._tried.setdefault(_key(params), number)
            else:
                self._without_params.append(number)

    def _first_of(self, active: ActiveTrial) -> int | None:
        return self._tried.get(_key(active.trial.params))

    def _system_attrs(self, active: ActiveTrial) -> Mapping[str, Any]:
        return self._study.get_trial(active.number).system_attrs


def _key(params: Mapping[str, Any]) -> str:
    return json.dumps(params, sort_keys=True)
