"""The Optuna study that a sweep adds trials to: created or taken up again."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RDBStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from sweep.errors import StorageError, UsageError
from sweep.search.seeds import draw_seed
from sweep.study.spec import StudySpec

SEED = "seed"


class AskedStudy(optuna.Study):
    """An Optuna study used through ask and tell, where a sampler may still end the search.

    Optuna's grid samplers call `stop` when nothing is left to try, which Optuna itself allows
    only inside `optimize`.
    """

    def __init__(self, name: str, storage: RDBStorage) -> None:
        super().__init__(name, storage)
        self._database = storage
        self.exhausted = False

    def stop(self) -> None:
        """Notes that the sampler has nothing left to ask."""
        self.exhausted = True

    def put_back(self, number: int) -> FrozenTrial:
        """Makes RUNNING trial `number` WAITING: it keeps its params and is asked for next."""
        study_id = self._database.get_study_id_from_name(self.study_name)
        trial_id = self._database.get_trial_id_from_study_id_trial_number(study_id, number)
        self._database.set_trial_state_values(trial_id, TrialState.WAITING)
        return self._database.get_trial(trial_id)


def open_study(storage: RDBStorage, name: str, spec: StudySpec, seed: int | None) -> AskedStudy:
    """Creates the study, or takes it up again if it is the same search.

    Args:
        storage: the database.
        name: the study's name.
        spec: what the study file declares.
        seed: the study's seed; None takes the one that it has, or draws one for a new study.

    Raises:
        StorageError: the study in the database has other metrics or directions.
        UsageError: the study in the database has another seed.
    """
    if name not in optuna.get_all_study_names(storage):
        storage.create_new_study([StudyDirection[d.upper()] for d in spec.directions], name)
    study = AskedStudy(name, storage)
    _agree_on_objective(study, spec)
    if SEED not in study.user_attrs:
        study.set_user_attr(SEED, draw_seed() if seed is None else seed)
    recorded = study.user_attrs[SEED]
    if seed not in (None, recorded):
        raise UsageError(
            f"Study {name!r} was begun with seed {recorded}, not {seed}: leave --seed out to go on "
            "with it, or begin another study with --name."
        )
    return study


def _agree_on_objective(study: AskedStudy, spec: StudySpec) -> None:
    if study.metric_names is None:
        with warnings.catch_warnings(action="ignore", category=ExperimentalWarning):
            study.set_metric_names(list(spec.metrics))
    directions = [direction.name.lower() for direction in study.directions]
    there = _objective(study.metric_names or [], directions)
    declared = _objective(spec.metrics, spec.directions)
    if there != declared:
        raise StorageError(
            f"Study {study.study_name!r} in the database is to {there}, but the study file says "
            f"{declared}: begin another study with --name, or change the file back."
        )


def _objective(metrics: Sequence[str], directions: Sequence[str]) -> str:
    pairs = zip(directions, metrics, strict=False)
    return " and ".join(f"{direction} {metric}" for direction, metric in pairs)
