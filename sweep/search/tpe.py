"""Optuna's TPE sampler, whose proposals stay quick while a study grows.

Optuna's own sorts all trials and reads all their params for each proposal. This one keeps what it
has read (`observed`), and proposes the same, to the last bit. What a study shows anew at each look,
such as the mean over several seeds, is read again.

TPE: Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from sweep import private
from sweep.search.observed import Observed

private.require(__name__)

from optuna.samplers._tpe.sampler import default_gamma  # noqa: E402

_LEARNED_FROM = (TrialState.COMPLETE, TrialState.PRUNED)


class IncrementalTPESampler(TPESampler):
    """Optuna's TPESampler with its defaults, for one study.

    For several metrics, it reads everything each time, as Optuna's own does.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed=seed)
        self._observed: Observed | None = None

    def _sample(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        if len(study.directions) > 1:
            return super()._sample(study, trial, search_space)
        if self._observed is None:
            params_of = partial(self._get_params, study=study)
            self._observed = Observed(study.direction, params_of)
        # The trials are those that the sampler saw when it chose the search space.
        trials = study._get_trials(deepcopy=False, use_cache=True)
        finished = [other for other in trials if other.state in _LEARNED_FROM]
        running = [other for other in trials if other.state is TrialState.RUNNING]
        self._observed.read(finished, [other for other in running if other.number != trial.number])
        good, others = (
            self._parzen_estimator_cls(observed, search_space, self._parzen_estimator_parameters)
            for observed in self._observed.split(default_gamma(len(finished)), search_space)
        )
        candidates = good.sample(self._rng.rng, self._n_ei_candidates)
        improvements = self._compute_acquisition_func(candidates, good, others)
        best = self._compare(candidates, improvements)
        return {
            name: distribution.to_external_repr(best[name])
            for name, distribution in search_space.items()
        }
