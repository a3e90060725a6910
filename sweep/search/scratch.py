"""Studies in memory, to try out a search space."""

from __future__ import annotations

import optuna
from optuna.samplers import BaseSampler
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection


def scratch_study(name: str, sampler: BaseSampler) -> optuna.Study:
    """A new study in memory, created without Optuna's log message."""
    storage, verbosity = InMemoryStorage(), optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(max(verbosity, optuna.logging.WARNING))
    try:
        storage.create_new_study([StudyDirection.MINIMIZE], name)
    finally:
        optuna.logging.set_verbosity(verbosity)
    return optuna.Study(name, storage, sampler)
