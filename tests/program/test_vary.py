"""What `--vary` accepts."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from sweep.errors import UsageError
from sweep.program.space import Flag, FlagSpace
from sweep.program.vary import parse_vary


def values(*texts: str) -> Any:
    """What the one flag is drawn from."""
    (flag,) = parse_vary(texts).flags
    return flag.distribution


@pytest.mark.parametrize(
    ("text", "distribution"),
    [
        ("x=1..8", IntDistribution(1, 8)),
        ("x=-3..3", IntDistribution(-3, 3)),
        ("x=1..1000:log", IntDistribution(1, 1000, log=True)),
        ("x=8..64:step=8", IntDistribution(8, 64, step=8)),
        ("x=0.0..1", FloatDistribution(0, 1)),
        ("x=-1e-5..1e-1", FloatDistribution(-1e-5, 1e-1)),
        ("x=1e-5..1e-1:log", FloatDistribution(1e-5, 1e-1, log=True)),
        ("x=.1..0.5:step=.1", FloatDistribution(0.1, 0.5, step=0.1)),
    ],
)
def test_a_range_is_whole_where_both_ends_are_written_so(text: str, distribution: Any) -> None:
    assert values(text) == distribution


def test_steps_end_at_the_last_one_within_the_range() -> None:
    with warnings.catch_warnings(action="error"):
        assert values("x=1..10:step=4") == IntDistribution(1, 9, step=4)
        assert values("x=0.0..1.0:step=0.3") == FloatDistribution(0, 0.9, step=0.3)


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("x=32,64,128", (32, 64, 128)),
        ("x=1,2.5", (1.0, 2.5)),
        ("x=1e-3,1e-2", (1e-3, 1e-2)),
        ("x=true,false", ("true", "false")),
        ("x=128 32,64 16", ("128 32", "64 16")),
        ("x=32, 64", (32, 64)),
        ("x=relu,1", ("relu", "1")),
        ("x=007,008", ("007", "008")),
        ("x=../a,../b", ("../a", "../b")),
        ("x=a=1,a=2", ("a=1", "a=2")),
    ],
)
def test_choices_are_numbers_where_all_are_and_else_as_typed(text: str, choices: Any) -> None:
    found = values(text)
    assert found == CategoricalDistribution(choices)
    assert list(map(type, found.choices)) == list(map(type, choices))


def test_each_occurrence_of_a_name_that_recurs_is_one_whole_choice() -> None:
    assert values("hidden=64,32", "hidden=128,64") == CategoricalDistribution(("64,32", "128,64"))
    assert values("x=1", "--x=2") == CategoricalDistribution((1, 2))


def test_flags_stand_in_the_order_in_which_they_were_first_given() -> None:
    space = parse_vary(["--learning-rate=0.1..1", "hidden=a,b", "b_size=1..2", "hidden=c"])
    assert space == FlagSpace(
        (
            Flag("learning-rate", FloatDistribution(0.1, 1)),
            Flag("hidden", CategoricalDistribution(("a,b", "c"))),
            Flag("b_size", IntDistribution(1, 2)),
        )
    )


def test_nothing_varied_is_a_space_without_flags() -> None:
    assert parse_vary([]) == FlagSpace(())


AS_IN = "write a range, as in x=1e-5..1e-1:log, or choices, as in x=a,b,c"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("x", f"gives no values: {AS_IN}."),
        ("x=", f"gives no values: {AS_IN}."),
        ("--x", f"gives no values: {AS_IN}."),
        (
            "=1..2",
            "names no flag: write NAME=LOW..HIGH or NAME=a,b,c, as in "
            "learning-rate=1e-5..1e-1:log.",
        ),
        ("x=a,,b", f"has an empty choice: {AS_IN}."),
        ("x=,", f"has an empty choice: {AS_IN}."),
        ("x=adam", f"has only one choice: {AS_IN}."),
        ("x=1e-5..", f"has only one choice: {AS_IN}."),
        ("x=a..b", f"has only one choice: {AS_IN}."),
        ("x=a,b,a", "has the choice 'a' twice: give each once."),
        ("x=1,1.0", "has the choice 1.0 twice: give each once."),
        ("x=5..1:step=2", "runs downwards: write x=1..5:step=2."),
        (
            "x=3..3.0",
            "is a single number: give two different numbers, or put --x=3 among the program's "
            "arguments.",
        ),
        (
            "x=0..8:log",
            "has a log scale from 0: start it above 0, as in x=1..100:log, or leave :log out.",
        ),
        (
            "x=-1.0..8:log",
            "has a log scale from -1.0: start it above 0, as in x=1e-5..1e-1:log, or leave "
            ":log out.",
        ),
        (
            "x=1..8:lgo",
            "ends in ':lgo', which has no meaning: end it in :log, in :step= with a number, "
            "or in the number.",
        ),
        (
            "x=1..8:log:step=2",
            "has more than one of :log and :step=, which cannot be combined: choose one.",
        ),
        (
            "x=1..8:step=a",
            "has the step 'a': give a number above 0 that fits into the range, as in "
            "x=1..8:step=1.",
        ),
        (
            "x=1..8:step=9",
            "has the step '9': give a number above 0 that fits into the range, as in "
            "x=1..8:step=1.",
        ),
        (
            "x=0.0..0.5:step=0",
            "has the step '0': give a number above 0 that fits into the range, as in "
            "x=0.0..0.5:step=0.05.",
        ),
        (
            "x=1..8:step=0.5",
            "has whole numbers in steps of 0.5: write x=1.0..8.0:step=0.5 for fractions.",
        ),
        (
            "x=1..2,5..8",
            "has '1..2' among its choices: give a range alone, as in x=1e-5..1e-1:log.",
        ),
        (
            "x=32,64:log",
            "has '64:log' among its choices: give a range alone, as in x=1e-5..1e-1:log.",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_would_be_right(given: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_vary([given])
    assert str(raised.value) == f"--vary {given} {message}"


def test_a_range_is_no_choice_beside_others() -> None:
    with pytest.raises(UsageError) as raised:
        parse_vary(["x=1,2", "x=4..8"])
    assert str(raised.value) == (
        "--vary x=4..8 is a range, but x is given again: give one range or choices."
    )


def test_a_name_that_each_trial_has_of_its_own_is_refused() -> None:
    with pytest.raises(UsageError, match="A flag named 'model_dir' cannot be varied"):
        parse_vary(["--model_dir=a,b"])
