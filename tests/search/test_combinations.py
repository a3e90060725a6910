"""Every set of params that a search space can suggest."""

from __future__ import annotations

from typing import Any

import optuna

from sweep.search.combinations import Combinations


def conditional(trial: optuna.Trial) -> dict[str, Any]:
    kind = trial.suggest_categorical("kind", ["relu", "tanh", None])
    if kind == "relu":
        return {"kind": kind, "layers": trial.suggest_int("layers", 1, 5, step=2)}
    if kind == "tanh":
        return {"kind": kind, "rate": trial.suggest_float("rate", 0.1, 0.3, step=0.1)}
    return {"kind": kind}


def test_all_are_found_those_of_params_that_only_some_have_too() -> None:
    combinations = Combinations(conditional, {})
    assert combinations.are_more_than(6)
    assert not combinations.are_more_than(7)
    assert [list(params.values()) for params in combinations.found] == [
        ["relu", 1],
        ["relu", 3],
        ["relu", 5],
        ["tanh", 0.1],
        ["tanh", 0.2],
        ["tanh", 0.30000000000000004],
        [None],
    ]


def test_no_more_are_looked_for_than_the_question_needs() -> None:
    asked = []

    def space(trial: optuna.Trial) -> dict[str, Any]:
        asked.append(trial.number)
        return {"n": trial.suggest_int("n", 1, 10**9)}

    assert Combinations(space, {}).are_more_than(3)
    assert asked == [0, 0, 0, 0]


def test_any_number_between_two_has_no_end() -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        return {"n": trial.suggest_int("n", 1, 3), "x": trial.suggest_float("x", 0, 1)}

    combinations = Combinations(space, {})
    assert combinations.are_more_than(10**9)
    assert combinations.are_more_than(0)


def test_a_param_that_is_held_fixed_has_one_value() -> None:
    combinations = Combinations(conditional, {"layers": 3})
    assert not combinations.are_more_than(5)
    assert {"kind": "relu", "layers": 3} in combinations.found


def test_a_space_that_raises_for_some_is_walked_to_its_end() -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        n = trial.suggest_int("n", 1, 3)
        if n == 2:
            raise ValueError("no 2")
        return {"n": n}

    combinations = Combinations(space, {})
    assert not combinations.are_more_than(3)
    assert combinations.found == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_a_space_of_nothing_has_one() -> None:
    combinations = Combinations(lambda trial: {}, {})
    assert not combinations.are_more_than(1)
    assert combinations.found == [{}]
