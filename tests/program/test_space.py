"""Flags of a program as a search space."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import RandomSampler

from sweep.errors import UsageError
from sweep.program.space import Branch, Flag, FlagSpace
from sweep.search.space import check_given, suggest

MOMENTUM = Flag("momentum", FloatDistribution(0.9, 0.999, log=True), reverse_log=True)
RATE = Flag("learning-rate", FloatDistribution(1e-5, 1e-1, log=True))
OPTIMIZER = Flag(
    "optimizer",
    CategoricalDistribution(["adam", "sgd", "ftrl"]),
    branches=(
        Branch(("sgd",), MOMENTUM),
        Branch(("sgd", "ftrl"), Flag("decay-steps", IntDistribution(100, 1000, step=100))),
    ),
)
SPACE = FlagSpace((RATE, OPTIMIZER))


def trials(space: FlagSpace, n: int = 30) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What the space returns, and what the study holds, for trials drawn at random."""
    study = optuna.create_study(sampler=RandomSampler(seed=0))
    asked = [study.ask() for _ in range(n)]
    return [(suggest(space, trial), trial.params) for trial in asked]


def test_a_trial_has_the_flags_by_their_names_as_typed() -> None:
    space = FlagSpace((RATE, Flag("batch_size", CategoricalDistribution([32, 64]))))
    for values, params in trials(space):
        assert list(values) == ["learning-rate", "batch_size"]
        assert values == params


def test_each_kind_of_range_is_drawn_as_it_is_described() -> None:
    flags = [
        Flag("a", IntDistribution(1, 100, log=True)),
        Flag("b", IntDistribution(8, 32, step=8)),
        Flag("c", FloatDistribution(0.0, 1.0, step=0.25)),
        Flag("d", FloatDistribution(1e-5, 1e-1, log=True)),
    ]
    trial = optuna.create_study(sampler=RandomSampler(seed=0)).ask()
    FlagSpace(tuple(flags))(trial)
    assert trial.distributions == {flag.name: flag.distribution for flag in flags}


def test_a_flag_is_there_only_at_the_values_of_its_parent() -> None:
    seen = {}
    for values, _ in trials(SPACE):
        seen[values["optimizer"]] = set(values) - {"optimizer", "learning-rate"}
    assert seen == {"adam": set(), "sgd": {"momentum", "decay-steps"}, "ftrl": {"decay-steps"}}


def test_a_reverse_log_flag_is_a_param_that_says_what_was_drawn() -> None:
    space = FlagSpace((MOMENTUM,))
    for values, params in trials(space):
        (name,) = params
        assert name == "1.899 - momentum"
        assert values["momentum"] == pytest.approx(1.899 - params[name])
        assert 0.9 <= values["momentum"] <= 0.999


def test_a_reverse_log_scale_tells_apart_what_is_near_the_top() -> None:
    space = FlagSpace((Flag("x", FloatDistribution(0.001, 1, log=True), reverse_log=True),))
    drawn = [values["x"] for values, _ in trials(space, 200)]
    assert sum(x > 0.9 for x in drawn) > 100


def test_a_reverse_log_flag_of_whole_numbers_is_whole() -> None:
    space = FlagSpace((Flag("layers", IntDistribution(1, 9, log=True), reverse_log=True),))
    for values, params in trials(space):
        assert type(values["layers"]) is int
        assert params == {"10 - layers": 10 - values["layers"]}


@pytest.mark.parametrize(
    ("low", "high", "param"),
    [
        (0.1, 0.2, "0.3 - x"),
        (0.1, 1.0, "1.1 - x"),
        (1e-5, 0.1, "0.10001 - x"),
        (1e16, 1e16, "2e+16 - x"),
    ],
)
def test_the_sum_of_both_bounds_has_no_digits_of_noise(low: float, high: float, param: str) -> None:
    flag = Flag("x", FloatDistribution(low, high, log=True), reverse_log=True)
    assert flag.param == param
    assert flag.mirrored(low) == high
    assert flag.mirrored(high) == low


def test_values_of_flags_are_turned_into_the_params_that_a_study_holds() -> None:
    given = {"optimizer": "sgd", "momentum": 0.99, "speed": 1}
    params = SPACE.params(given)
    assert params == {"optimizer": "sgd", "1.899 - momentum": 0.909, "speed": 1}

    del params["speed"]
    check_given(SPACE, params, "--enqueue")
    study = optuna.create_study()
    study.enqueue_trial(params)
    values = SPACE(study.ask())
    assert {name: values[name] for name in ("optimizer", "momentum")} == {
        "optimizer": "sgd",
        "momentum": 0.99,
    }


@pytest.mark.parametrize("value", [1.5, 0.5, "high", True])
def test_a_value_outside_a_reverse_log_range_is_still_outside_as_a_param(value: Any) -> None:
    space = FlagSpace((MOMENTUM,))
    with pytest.raises(UsageError, match="which is outside of the search space"):
        check_given(space, space.params({"momentum": value}), "--enqueue")


def test_a_space_is_the_same_after_it_was_kept_as_json() -> None:
    again = FlagSpace.from_json(json.loads(json.dumps(SPACE.to_json())))
    assert again == SPACE


def test_nothing_is_said_when_a_space_is_drawn_from() -> None:
    with warnings.catch_warnings(action="error"):
        trials(SPACE)


def test_all_flags_are_named_those_in_branches_too() -> None:
    assert SPACE.names == ("learning-rate", "optimizer", "momentum", "decay-steps")
    assert repr(SPACE) == "FlagSpace(learning-rate, optimizer, momentum, decay-steps)"


def branching(*branches: tuple[Sequence[str], Flag]) -> Flag:
    return Flag(
        "kind",
        CategoricalDistribution(["a", "b", "c"]),
        branches=tuple(Branch(tuple(values), flag) for values, flag in branches),
    )


def test_a_name_may_recur_in_branches_that_exclude_each_other() -> None:
    small, large = Flag("x", IntDistribution(1, 2)), Flag("x", IntDistribution(8, 9))
    space = FlagSpace((branching(("a", small), ("b", large)),))
    assert space.names == ("kind", "x")
    for values, _ in trials(space):
        allowed = {"a": (1, 2), "b": (8, 9), "c": (None,)}[values["kind"]]
        assert values.get("x") in allowed


X = Flag("x", IntDistribution(1, 2))


@pytest.mark.parametrize(
    "make",
    [
        lambda: FlagSpace((X, X)),
        lambda: FlagSpace((X, branching(("a", X)))),
        lambda: FlagSpace((branching(("ab", X), ("bc", X)),)),
        lambda: Flag("x", CategoricalDistribution(["a", "b"]), branches=(Branch(("a",), X),)),
    ],
)
def test_two_flags_of_one_name_in_one_trial_are_refused(make: Any) -> None:
    with pytest.raises(UsageError) as raised:
        make()
    assert str(raised.value) == (
        "Two flags that can be in one trial are both named 'x': rename one of them."
    )


@pytest.mark.parametrize(
    "other",
    [FloatDistribution(1, 2), IntDistribution(1, 2, log=True), CategoricalDistribution([1, 2])],
)
def test_what_recurs_in_another_kind_is_refused(other: Any) -> None:
    with pytest.raises(UsageError) as raised:
        FlagSpace((branching(("a", X), ("b", Flag("x", other))),))
    assert str(raised.value) == (
        "The flag 'x' has another type, another scale or other choices in one branch than "
        "in another, but a study holds it as one param: make them agree, or give each a "
        "name of its own."
    )


def test_a_flag_cannot_depend_on_what_its_parent_never_is() -> None:
    with pytest.raises(UsageError) as raised:
        branching(("ad", X))
    assert str(raised.value) == (
        "The flag 'x' cannot depend on 'kind' being 'd', which it never is: name values that it "
        "takes."
    )


@pytest.mark.parametrize("name", ["", "-x", "--x", "a b", "a=b"])
def test_a_name_that_cannot_be_typed_as_a_flag_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as raised:
        Flag(name, IntDistribution(1, 2))
    assert str(raised.value) == (
        f"A flag cannot be named {name!r}: give its name alone, as in learning-rate."
    )


@pytest.mark.parametrize("name", ["model_dir", "seed", "number"])
def test_what_each_trial_has_of_its_own_cannot_be_varied(name: str) -> None:
    with pytest.raises(UsageError) as raised:
        Flag(name, IntDistribution(1, 2))
    assert str(raised.value) == (
        f"A flag named {name!r} cannot be varied, because sweep gives each trial its own: "
        f"put {{{name}}} where the program takes it."
    )
