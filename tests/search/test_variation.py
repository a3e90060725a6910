"""Params drawn to try a study with, and the same with another value for one of them."""

from __future__ import annotations

from typing import Any

import pytest

from sweep.errors import StudyError
from sweep.search.variation import Examples


def space(trial: Any) -> dict[str, Any]:
    params = {
        "rate": trial.suggest_float("rate", 0, 1),
        "optimizer": trial.suggest_categorical("optimizer", ["sgd", "adam"]),
    }
    if params["optimizer"] == "sgd":
        params["momentum"] = trial.suggest_float("momentum", 0, 1)
    return {**params, "constant": 1}


def test_a_variation_differs_in_its_param_alone() -> None:
    for example, other in Examples(space, {}).variations("rate", 3):
        differing = {n for n in example.params if example.params[n] != other.params[n]}
        assert differing == {"rate"}


def test_a_variation_has_the_params_that_its_value_calls_for() -> None:
    pairs = Examples(space, {}).variations("optimizer", 20)
    assert {example.params["optimizer"] for example, _ in pairs} == {"sgd", "adam"}
    for example, other in pairs:
        assert ("momentum" in example.params) != ("momentum" in other.params)


def test_params_that_only_some_trials_have_are_named_and_varied() -> None:
    examples = Examples(space, {})
    assert set(examples.names) == {"rate", "optimizer", "momentum"}
    assert all("momentum" in other.params for _, other in examples.variations("momentum", 3))


def test_a_param_that_is_fixed_is_not_varied() -> None:
    examples = Examples(space, {"optimizer": "adam"})
    assert examples.names == ["rate"]
    assert {example.params["optimizer"] for example in examples.drawn} == {"adam"}


def test_a_search_space_that_can_be_used_for_no_trial_is_refused() -> None:
    with pytest.raises(StudyError, match="raised ZeroDivisionError"):
        Examples(lambda trial: {"x": 1 / 0}, {})
