"""A search space, tried out before the first trial."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest

from sweep import location
from sweep.errors import StudyError, UsageError
from sweep.search.space import check_given, check_unchanged, example_params, suggest
from tests.standin import search_space


def conditional(trial: optuna.Trial) -> dict[str, Any]:
    optimizer = trial.suggest_categorical("optimizer", ["adam", "momentum"])
    if optimizer == "adam":
        return {"optimizer": optimizer, "beta": trial.suggest_float("beta", 0, 1)}
    return {"optimizer": optimizer, "momentum": trial.suggest_float("momentum", 0, 1)}


def test_params_are_what_the_search_space_returns_and_not_only_what_it_suggests() -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        layers = trial.suggest_int("layers", 2, 2)
        return {"units": [trial.suggest_int(f"units_{i}", 8, 8) for i in range(layers)]}

    trial = optuna.create_study().ask()
    assert suggest(space, trial) == {"units": [8, 8]}
    assert trial.params == {"layers": 2, "units_0": 8, "units_1": 8}


def test_an_example_is_within_the_search_space() -> None:
    (params,) = example_params(search_space, 1)
    assert 0 <= params["x"] <= 1
    assert params["kind"] in ("relu", "tanh")


def test_examples_have_the_params_that_are_held() -> None:
    examples = example_params(search_space, 3, {"kind": "tanh"})
    assert [params["kind"] for params in examples] == ["tanh"] * 3
    assert len({params["x"] for params in examples}) == 3


def test_names_of_every_branch_of_a_conditional_space_are_known() -> None:
    check_given(conditional, {"beta": 0.5, "momentum": 1}, "--param")


def test_a_param_that_is_not_there_beside_the_others_is_refused() -> None:
    check_given(conditional, {"optimizer": "adam", "beta": 0.5}, "--enqueue")
    with pytest.raises(UsageError) as raised:
        check_given(conditional, {"optimizer": "adam", "momentum": 0.5}, "--enqueue")
    assert str(raised.value) == (
        "--enqueue gives momentum=0.5, which no trial has with optimizer='adam': leave "
        "momentum out."
    )


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UsageError) as raised:
        check_given(search_space, {"x": 0.5, "speed": 1}, "--param")
    assert str(raised.value) == (
        "--param names 'speed', which the search space does not have; it has x, rate, layers, kind."
    )


@pytest.mark.parametrize(
    ("name", "value", "admitted"),
    [
        ("x", 1.5, "it is a number from 0.0 to 1.0"),
        ("x", "half", "it is a number from 0.0 to 1.0"),
        ("layers", 5, "it is a whole number from 1 to 4"),
        ("kind", "elu", "it is one of 'relu', 'tanh'"),
    ],
)
def test_a_value_outside_the_search_space_is_refused(name: str, value: Any, admitted: str) -> None:
    with pytest.raises(UsageError) as raised:
        check_given(search_space, {name: value}, "--enqueue")
    assert str(raised.value) == (
        f"--enqueue gives {name}={value!r}, which is outside of the search space: {admitted}."
    )


@pytest.mark.parametrize("given", [{"layers": 2.5}, {"layers": True}, {"width": 12}])
def test_a_value_between_those_of_the_search_space_is_refused(given: dict[str, Any]) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        layers = trial.suggest_int("layers", 1, 4)
        return {"layers": layers, "width": trial.suggest_int("width", 8, 32, step=8)}

    with pytest.raises(UsageError):
        check_given(space, given, "--param")


def test_a_space_that_raises_is_named_with_its_place() -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        raise LookupError("no such dataset")

    with pytest.raises(StudyError) as raised:
        example_params(space, 1)
    place = f"{location.short(Path(__file__))}, line {space.__code__.co_firstlineno + 1}"
    assert str(raised.value) == f"{place}: `search_space` raised LookupError: no such dataset"


def test_params_without_names_are_refused() -> None:
    def space(trial: optuna.Trial) -> dict[Any, float]:
        return {1: trial.suggest_float("x", 0, 1)}

    with pytest.raises(StudyError) as raised:
        example_params(space, 1)
    assert str(raised.value) == (
        f"{location.of_function(space)}: `search_space` must return a dict of params by name, but "
        "returned {1: 0.5488135039273248}."
    )


def begun_with(space: Callable[[optuna.Trial], Any]) -> list[optuna.trial.FrozenTrial]:
    """The trials of a study that was swept with this space."""
    study = optuna.create_study()
    for _ in range(10):
        trial = study.ask()
        space(trial)
        study.tell(trial, 0.0)
    return study.trials


@pytest.mark.parametrize(
    ("suggest_now", "difference"),
    [
        (
            lambda trial: trial.suggest_float("x", 0.1, 2.0),
            "x was a number from 0.1 to 1.0 and is now a number from 0.1 to 2.0",
        ),
        (
            lambda trial: trial.suggest_float("x", 0.1, 1.0, log=True),
            "x was a number from 0.1 to 1.0 and is now a number from 0.1 to 1.0 on a log scale",
        ),
        (
            lambda trial: trial.suggest_categorical("x", ["a", "b"]),
            "x was a number from 0.1 to 1.0 and is now one of 'a', 'b'",
        ),
    ],
)
def test_a_changed_space_is_refused_with_the_difference(
    suggest_now: Callable[[optuna.Trial], Any], difference: str
) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        return {"x": suggest_now(trial)}

    trials = begun_with(lambda trial: trial.suggest_float("x", 0.1, 1.0))
    with pytest.raises(StudyError) as raised:
        check_unchanged(space, "study", trials)
    assert str(raised.value) == (
        f"{location.of_function(space)}: the search space is not the one that study 'study' "
        f"was started with: {difference}. Change it back, or start another study with "
        "--name, and use --from study for the trials that fit."
    )


def test_a_space_with_more_or_fewer_params_or_moving_ranges_is_the_same() -> None:
    def moving(trial: optuna.Trial) -> dict[str, Any]:
        layers = trial.suggest_int("layers", 1, 4)
        return {"layers": layers, "units": trial.suggest_int("units", 8, 8 * layers + 8)}

    def more(trial: optuna.Trial) -> dict[str, Any]:
        return {**moving(trial), "rate": trial.suggest_float("rate", 0, 1)}

    check_unchanged(moving, "study", begun_with(moving))
    check_unchanged(more, "study", begun_with(moving))
    check_unchanged(moving, "study", begun_with(more))
