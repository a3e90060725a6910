"""NumPy params and choices, in a study with a database."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution

from sweep import location
from sweep.errors import StudyError, UsageError
from sweep.folder.layout import StudyFolder
from sweep.search.space import example_params
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
        ": `search_space` has the choice <ufunc 'tanh'> for 'activation', which a database "
        "cannot hold: choose among numbers, strings, tuples of these, True, False and None, "
        "and look up with them what a trial needs."
    )


@pytest.mark.parametrize(
    ("suggest", "what"),
    [
        (
            lambda trial: trial.suggest_float("rate", "1e-4", 0.1, log=True),
            "has the bounds '1e-4' and 0.1 for 'rate', which must both be numbers.",
        ),
        (
            lambda trial: trial.suggest_int("rate", 1, None),
            "has the bounds 1 and None for 'rate', which must both be numbers.",
        ),
        (
            lambda trial: trial.suggest_float("rate", 1, float("inf")),
            "has the bounds 1 and inf for 'rate', which must both be numbers.",
        ),
        (
            lambda trial: trial.suggest_float("rate", 0, 0.1, log=True),
            "cannot suggest 'rate' from 0 to 0.1: `low > 0` must hold for `log=True`, but got "
            "(low=0, high=0.1).",
        ),
        (
            lambda trial: trial.suggest_int("rate", 1, 8, step=0),
            "cannot suggest 'rate' from 1 to 8: `step > 0` must hold, but got step=0.",
        ),
    ],
)
def test_bounds_that_there_cannot_be_are_told_with_their_param(
    suggest: Callable[[Any], Any], what: str
) -> None:
    with pytest.raises(StudyError) as raised:
        example_params(lambda trial: {"rate": suggest(trial)}, 1)
    line = suggest.__code__.co_firstlineno
    place = f"{location.short(Path(__file__))}, line {line}"
    assert str(raised.value) == f"{place}: `search_space` {what}"


def test_choices_that_are_tuples_are_recorded_as_texts_and_given_as_tuples(
    sweep: Sweep, results: Path
) -> None:
    shapes = [(np.int64(8), 4), (16,), ((1, 2), "same")]

    def space(trial: optuna.Trial) -> dict[str, Any]:
        choices: Any = shapes
        shape = trial.suggest_categorical("shape", choices)
        return search_space(trial) | {"act": "train", "given": repr(shape)}

    spec = study_of(search_space=space)
    with warnings.catch_warnings(action="error", category=UserWarning):
        sweep(spec, n_trials=2, enqueue=[{"shape": (8, 4)}], sampler="random")
        study = sweep(spec, n_trials=4, fixed={"shape": ((1, 2), "same")})
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 4
    texts = ("(8, 4)", "(16,)", "((1, 2), 'same')")
    assert study.trials[0].distributions["shape"] == CategoricalDistribution(texts)
    assert study.trials[0].params["shape"] == "(8, 4)"
    assert [trial.params["shape"] for trial in study.trials[2:]] == ["((1, 2), 'same')"] * 2
    by_text = dict(zip(texts, map(repr, shapes), strict=True))
    for trial in study.trials:
        recorded = StudyFolder(results, "study").trial(trial.number).read_params()
        assert recorded is not None
        assert recorded["params"]["given"] == by_text[trial.params["shape"]]


def test_a_choice_that_there_is_not_is_refused_where_it_is_held(sweep: Sweep) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        choices: Any = [(8, 4), (16,)]
        shape = trial.suggest_categorical("shape", choices)
        return search_space(trial) | {"act": "train", "shape": shape}

    with pytest.raises(UsageError) as raised:
        sweep(study_of(search_space=space), n_trials=1, fixed={"shape": (9,)})
    assert str(raised.value) == (
        "--param gives shape='(9,)', which is outside of the search space: it is one of "
        "'(8, 4)', '(16,)'."
    )
