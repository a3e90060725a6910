"""A new study that takes over the trials of an old one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest

from sweep import events
from sweep.errors import StorageError
from sweep.storage.study import AskedStudy
from tests.standin import study_of

Sweep = Callable[..., AskedStudy]


def narrowed(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "x": trial.suggest_float("x", 0, 0.5),
        "rate": trial.suggest_float("rate", 1e-4, 1e-1, log=True),
        "layers": trial.suggest_int("layers", 1, 8),
        "kind": trial.suggest_categorical("kind", ["tanh", "relu", "gelu"]),
        "act": "train",
    }


def widened(trial: optuna.Trial) -> dict[str, Any]:
    return {**narrowed(trial), "new": trial.suggest_float("new", 0, 1)}


def spec_of(space: Callable[[optuna.Trial], dict[str, Any]], **fields: Any) -> Any:
    spec = study_of(**fields)
    object.__setattr__(spec, "search_space", space)
    return spec


def test_trials_that_fit_are_taken_along_with_all_they_have(sweep: Sweep) -> None:
    old = sweep(n_trials=6)
    heard: list[events.Event] = []
    new = sweep(
        spec_of(narrowed), n_trials=1, name="new", begin_with="study", listener=heard.append
    )
    fitting = [trial for trial in old.trials if trial.params["x"] <= 0.5]
    assert 0 < len(fitting) < 6
    assert len(new.trials) == len(fitting)
    for taken, origin in zip(new.trials, fitting, strict=True):
        assert taken.params == origin.params
        assert taken.value == origin.value
        assert taken.intermediate_values == origin.intermediate_values
        assert taken.duration == origin.duration
        assert taken.user_attrs == {
            **origin.user_attrs,
            "taken_from": f"study/{origin.number}",
        }
    assert (
        events.Notice(
            f"Copied {len(fitting)} of the 6 ended trials of study 'study'. "
            "The others do not fit the search space or metrics."
        )
        in heard
    )


@pytest.mark.slow
def test_they_count_and_are_taken_only_once(sweep: Sweep) -> None:
    sweep(n_trials=3)
    assert len(sweep(n_trials=4, name="new", begin_with="study").trials) == 4
    assert len(sweep(n_trials=5, name="new", begin_with="study").trials) == 5


@pytest.mark.slow
def test_trials_without_a_param_of_the_new_space_do_not_fit(sweep: Sweep) -> None:
    sweep(n_trials=2)
    new = sweep(spec_of(widened), n_trials=1, name="new", begin_with="study")
    assert ["new" in trial.params for trial in new.trials] == [True]


def test_another_metric_takes_its_values_from_the_last_evaluations(sweep: Sweep) -> None:
    old = sweep(n_trials=3)
    new = sweep(
        study_of(metric="cost", direction="minimize"),
        n_trials=3,
        name="new",
        begin_with="study",
    )
    assert [trial.value for trial in new.trials] == [trial.params["x"] for trial in old.trials]
    assert not any(trial.intermediate_values for trial in new.trials)


def test_failed_trials_are_left_behind(sweep: Sweep) -> None:
    sweep(study_of(lambda number: "fail nan loss: x" if number else "train"), n_trials=2)
    new = sweep(n_trials=1, name="new", begin_with="study")
    assert [trial.user_attrs.get("taken_from") for trial in new.trials] == ["study/0"]


def test_a_study_that_is_not_there_is_refused_before_anything_is_written(
    sweep: Sweep, results: Path
) -> None:
    study = sweep(n_trials=1)
    with pytest.raises(StorageError) as raised:
        sweep(n_trials=1, name="new", begin_with="odl")
    assert str(raised.value) == (
        f"There is no other study 'odl' in {results}/studies.db to start from. It has study."
    )
    assert optuna.get_all_study_names(study._storage) == ["study"]
