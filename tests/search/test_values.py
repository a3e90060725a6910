"""Params and choices of NumPy, in a study that a database holds."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest

from sweep.errors import StudyError
from sweep.folder.layout import StudyFolder
from sweep.storage.study import AskedStudy
from tests.standin import search_space, study_of

Sweep = Callable[..., AskedStudy]


def of_numpy(trial: optuna.Trial) -> dict[str, Any]:
    units: Any = np.array([16, 32])
    shapes: Any = np.array(["round", "flat"])
    truths: Any = np.array([True, False])
    lowest, highest = np.int64(1), np.int64(3)
    chosen = {
        "units": trial.suggest_categorical("units", units),
        "shape": trial.suggest_categorical("shape", shapes),
        "bias": trial.suggest_categorical("bias", truths),
        "depth": trial.suggest_int("depth", lowest, highest),  # type: ignore[arg-type]
    }
    widths = {"widths": np.array([1, 2]) * chosen["units"]}
    return search_space(trial) | chosen | widths | {"act": "train"}


def test_choices_and_given_params_of_numpy_are_swept_as_pythons_own(
    sweep: Sweep, results: Path
) -> None:
    spec = study_of(search_space=of_numpy)
    enqueued = {"units": np.int64(32), "shape": np.str_("flat"), "x": np.float32(0.5)}
    with warnings.catch_warnings(action="error", category=UserWarning):
        study = sweep(
            spec, n_trials=2, enqueue=[enqueued], fixed={"depth": np.int64(2), "bias": np.True_}
        )
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE"]
    first = study.trials[0].params
    assert (first["units"], first["shape"], first["x"]) == (32, "flat", 0.5)
    recorded = StudyFolder(results, "study").trial(0).read_params()
    assert recorded is not None
    assert recorded["params"]["widths"] == [32, 64]
    for trial in study.trials:
        assert {type(value) for value in trial.params.values()} <= {int, float, str, bool}
        assert (trial.params["depth"], trial.params["bias"]) == (2, True)


def test_a_choice_that_no_database_can_hold_is_refused_before_the_sweep(sweep: Sweep) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        choices: Any = [np.tanh]
        return {"activation": trial.suggest_categorical("activation", choices)}

    with pytest.raises(StudyError) as raised:
        sweep(study_of(search_space=space), n_trials=1)
    assert str(raised.value).endswith(
        ": `search_space` has the choice <ufunc 'tanh'> for 'activation', which a database cannot "
        "hold: let it choose among numbers, texts, True, False and None, and look up by them what "
        "a trial needs."
    )
