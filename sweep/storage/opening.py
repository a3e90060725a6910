"""Finds, creates or continues the study in the database."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import zip_longest

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.study import StudyDirection

from sweep import attrs
from sweep.errors import StorageError
from sweep.search.quiet import quiet_optuna
from sweep.storage.study import AskedStudy
from sweep.storage.sweep_storage import SweepStorage
from sweep.storage.url import show
from sweep.study.spec import StudySpec
from sweep.wording import listed, question


def find_other(storage: SweepStorage, name: str, than: str) -> optuna.Study:
    """A study of the database other than the one called `than`.

    Raises:
        StorageError: there is no study of this name.
    """
    names = [known for known in optuna.get_all_study_names(storage) if known != than]
    if name not in names:
        raise StorageError(
            f"There is no other study {name!r} in {show(storage.engine.url)} to start from. It has "
            f"{listed(names)}{question(name, names)}"
        )
    return optuna.Study(name, storage)


def count_trials(storage: SweepStorage, name: str) -> int:
    """The number of trials of the study, in any state; 0 if there is no such study."""
    if name not in optuna.get_all_study_names(storage):
        return 0
    return storage.get_n_trials(storage.get_study_id_from_name(name))


def open_study(storage: SweepStorage, name: str, spec: StudySpec, seed: int) -> AskedStudy:
    """Creates the study, or continues it if it is the same search.

    Args:
        storage: the database.
        name: the study's name.
        spec: what the study file declares.
        seed: the study's seed, if it has none yet.

    Raises:
        StorageError: the study in the database has other metrics or directions.
    """
    if name not in optuna.get_all_study_names(storage):
        return _with_seed(create_study(storage, name, spec.metrics, spec.directions), seed)
    study = AskedStudy(name, storage)
    _agree_on_objective(study, spec)
    return _with_seed(study, seed)


def create_study(
    storage: SweepStorage, name: str, metrics: Sequence[str], directions: Sequence[str]
) -> AskedStudy:
    """Creates a study with these metrics, each with its direction."""
    kinds = [StudyDirection[direction.upper()] for direction in directions]
    with quiet_optuna():
        storage.create_new_study(kinds, name)
    study = AskedStudy(name, storage)
    _name_metrics(study, metrics)
    return study


def _with_seed(study: AskedStudy, seed: int) -> AskedStudy:
    if attrs.SEED not in study.user_attrs:
        study.set_user_attr(attrs.SEED, seed)
    return study


def _name_metrics(study: AskedStudy, metrics: Sequence[str]) -> None:
    with warnings.catch_warnings(action="ignore", category=ExperimentalWarning):
        study.set_metric_names(list(metrics))


def _agree_on_objective(study: AskedStudy, spec: StudySpec) -> None:
    directions = [direction.name.lower() for direction in study.directions]
    check_objective(study.study_name, study.metric_names or (), directions, spec)
    if study.metric_names is None:
        _name_metrics(study, spec.metrics)


def check_objective(
    name: str, metrics: Sequence[str], directions: Sequence[str], spec: StudySpec
) -> None:
    """Checks that a study in the database optimizes what its file says.

    Args:
        name: the study's name.
        metrics: its metrics; empty if nobody has named them.
        directions: one for each metric.
        spec: what its file declares.

    Raises:
        StorageError: it has other metrics or directions.
    """
    metrics = metrics or spec.metrics
    if (list(metrics), list(directions)) != (list(spec.metrics), list(spec.directions)):
        raise StorageError(
            f"Study {name!r} in the database is to {_objective(metrics, directions)}, "
            f"but the study file says {_objective(spec.metrics, spec.directions)}: change the file "
            f"back, or start another study with --name, and use --from {name} for "
            "the trials that fit."
        )


def _objective(metrics: Sequence[str], directions: Sequence[str]) -> str:
    named = zip_longest(directions, metrics, fillvalue="an unnamed metric")
    return " and ".join(f"{direction} {metric}" for direction, metric in named)
