"""A finished trial in Python code: its Estimator, or everything that its `build` returned."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sweep.estimator.trial_spec import TrialSpec
from sweep.folder.layout import RESULTS
from sweep.model.finding import find_trained
from sweep.model.trained import StudyLocation, TrainedTrial
from sweep.storage.copies import anchored_results
from sweep.storage.known_program import find_known
from sweep.study.loader import take_study
from sweep.study.spec import StudySpec

if TYPE_CHECKING:
    import tensorflow as tf


def load_estimator(
    study: StudySpec | str | Path,
    trial: int | None = None,
    *,
    name: str | None = None,
    results: str | Path = RESULTS,
    storage: str | None = None,
) -> tf.estimator.Estimator:
    """The Estimator of a finished trial, ready to predict, to evaluate and to export.

    Warns if the study file has changed since the trial was trained.

    Args:
        study: a StudySpec, the path of a study file, or the name of one in `studies/`.
        trial: the number of the trial; None is the best trial.
        name: the study's name, if it is not the name of its file.
        results: the results folder of the study.
        storage: the URL of the database, if it is not studies.db in the results folder.

    Raises:
        SweepError: there is no such study or trial, or the checkpoint is gone from its model_dir;
            the message then says how to train it again.
    """
    found = _find(study, trial, StudyLocation(name, anchored_results(results), storage).anchored())
    found.checkpoint()
    return found.build().estimator


def load_trial_spec(
    study: StudySpec | str | Path,
    trial: int | None = None,
    *,
    name: str | None = None,
    results: str | Path = RESULTS,
    storage: str | None = None,
) -> TrialSpec:
    """The TrialSpec of a finished trial, as its `build` returned it.

    `sweep.estimator.train_and_evaluate(*trial_spec)` continues from the checkpoint in the trial's
    model_dir. Without a checkpoint, it trains the trial again from its params and seed. Python's
    and NumPy's random numbers are seeded, as they are for an attempt.

    Args and Raises: the same as in `load_estimator`, except that no checkpoint is needed.
    """
    return _find(
        study, trial, StudyLocation(name, anchored_results(results), storage).anchored()
    ).build()


def _find(
    study: StudySpec | str | Path, number: int | None, location: StudyLocation
) -> TrainedTrial:
    known = find_known(study, location.name, location.url)
    location = replace(location, name=known.name)
    found = find_trained(take_study(known.study), number, location)
    warning = found.warning()
    if warning is not None:
        warnings.warn(warning, stacklevel=3)
    return found
