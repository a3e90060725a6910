"""Studies in memory, to try out a search space."""

from __future__ import annotations

import optuna
from optuna.samplers import BaseSampler
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection

from sweep.search.quiet import quiet_optuna


def scratch_study(name: str, sampler: BaseSampler) -> optuna.Study:
    """A new study in memory, created without Optuna's log message."""
    storage = InMemoryStorage()
    with quiet_optuna():
        storage.create_new_study([StudyDirection.MINIMIZE], name)
    return optuna.Study(name, storage, sampler)
