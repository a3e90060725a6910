"""Optuna's CmaEsSampler, guarded: it keeps its optimizer pickled in the study.

Without the guard, whoever can write to a database could make its readers run any code
(https://docs.python.org/3/library/pickle.html#restricting-globals).
"""

from __future__ import annotations

import io
import pickle
import warnings
from collections.abc import Sequence
from typing import Any

from optuna.samplers import CmaEsSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from sweep import private
from sweep.errors import StorageError

private.require(__name__)

_ALLOWED = {
    ("cmaes._cma", "CMA"),
    ("cmaes._cmawm", "CMAwM"),
    ("cmaes._sepcma", "SepCMA"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
}


class GuardedCmaEsSampler(CmaEsSampler):
    """Restores its optimizer from the study, and refuses anything else found in its place."""

    def _restore_optimizer(self, completed_trials: list[FrozenTrial]) -> Any:
        for trial in reversed(completed_trials):
            parts = {
                key: part
                for key, part in trial.system_attrs.items()
                if key.startswith(self._attr_key_optimizer)
            }
            if parts:
                pickled = bytes.fromhex(self._concat_optimizer_attrs(parts))
                return _OptimizerUnpickler(io.BytesIO(pickled)).load()
        return None

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            super().after_trial(study, trial, state, values)  # warns that constraints are ignored


class _OptimizerUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _ALLOWED:
            return super().find_class(module, name)
        raise StorageError(
            f"The study's CMA-ES state names {module}.{name}, which is not part of an optimizer: "
            "somebody else has written to the database. Choose another sampler."
        )
