"""Which configuration is on which rung, and which is promoted."""

from __future__ import annotations

from typing import Any

import pytest
from optuna.trial import FrozenTrial, TrialState

from sweep.errors import UsageError
from sweep.schedule.base import Continuation
from sweep.schedule.rungs import Rungs
from tests.schedule.trials import MAXIMIZE, MINIMIZE, ended, paused, unfinished


def rung_0(values: list[float], bracket: int = 0) -> list[FrozenTrial]:
    """Configurations that have reached the lowest rung of a bracket."""
    return [paused(n, value, rung=bracket, bracket=bracket) for n, value in enumerate(values)]


def of(leg: Continuation | None) -> int | None:
    """The trial that is to be continued."""
    return None if leg is None else leg.attrs["continues"]


def test_each_rung_is_a_reduction_factor_further_than_the_one_below() -> None:
    rungs = Rungs(4, reduction_factor=3)
    assert [rungs.share({"rung": rung}) for rung in range(4)] == [1 / 27, 1 / 9, 1 / 3, 1]


def test_nobody_is_promoted_before_a_rung_holds_as_many_as_the_reduction_factor() -> None:
    rungs = Rungs(3, 3)
    assert rungs.next_leg(rung_0([0.9, 0.8]), MAXIMIZE) is None
    assert of(rungs.next_leg(rung_0([0.9, 0.8, 0.7]), MAXIMIZE)) == 0


@pytest.mark.parametrize(("maximize", "promoted"), [(True, 2), (False, 1)])
def test_the_best_is_promoted_with_its_params_and_its_checkpoint(
    maximize: bool, promoted: int
) -> None:
    leg = Rungs(3, 3).next_leg(rung_0([0.5, 0.1, 0.9]), MAXIMIZE if maximize else MINIMIZE)
    assert leg is not None
    assert leg.params == {"x": 0.5}
    assert leg.attrs == {
        "continues": promoted,
        "configuration": promoted,
        "rung": 1,
        "bracket": 0,
    }


@pytest.mark.parametrize("state", [TrialState.WAITING, TrialState.RUNNING, TrialState.FAIL])
def test_nobody_is_promoted_twice_however_the_promotion_ended(state: TrialState) -> None:
    promotion = (
        ended(3, None, state, continues=0, rung=1, bracket=0)
        if state is TrialState.FAIL
        else unfinished(3, state, continues=0, rung=1, bracket=0)
    )
    trials = [*rung_0([0.9, 0.8, 0.7]), promotion]
    assert Rungs(3, 3).next_leg(trials, MAXIMIZE) is None


def test_a_second_comes_as_its_rung_grows() -> None:
    promoted = paused(9, 0.95, continues=0, configuration=0, rung=1, bracket=0)
    five = [*rung_0([0.9, 0.8, 0.7, 0.6, 0.5]), promoted]
    six = [*rung_0([0.9, 0.8, 0.7, 0.6, 0.5, 0.85]), promoted]
    assert Rungs(3, 3).next_leg(five, MAXIMIZE) is None
    assert of(Rungs(3, 3).next_leg(six, MAXIMIZE)) == 5


def test_the_highest_rung_comes_first() -> None:
    low = rung_0([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    high = [paused(10 + n, 0.95, continues=n, configuration=n, rung=1, bracket=0) for n in (0, 1)]
    third = paused(12, 0.99, continues=9, configuration=9, rung=1, bracket=0)
    assert of(Rungs(3, 3).next_leg([*low, *high], MAXIMIZE)) is None
    leg = Rungs(3, 3).next_leg([*low, *high, third], MAXIMIZE)
    assert leg is not None
    assert (leg.attrs["continues"], leg.attrs["configuration"], leg.attrs["rung"]) == (12, 9, 2)


@pytest.mark.parametrize(
    "other",
    [
        ended(2, 0.99, TrialState.PRUNED, rung=0, bracket=0),  # by `sweep stop --trial`
        ended(2, 0.99, rung=0, bracket=0),  # by the user's own early stopping
        ended(2, None, TrialState.FAIL, rung=0, bracket=0),
        unfinished(2, rung=0, bracket=0),
        paused(2, 0.99),  # of no rung
        paused(2, float("nan"), rung=0, bracket=0),
    ],
    ids=["stopped", "complete", "failed", "running", "elsewhere", "nan"],
)
def test_only_trials_that_stand_on_the_rung_count(other: FrozenTrial) -> None:
    trials = [*rung_0([0.9, 0.8]), other]
    assert Rungs(3, 3).next_leg(trials, MAXIMIZE) is None


def test_brackets_do_not_mix() -> None:
    rungs = Rungs(3, 3, n_brackets=2)
    first = [paused(n, 0.9, rung=1, bracket=0, continues=9, configuration=9) for n in (0, 1)]
    second = paused(2, 0.99, rung=1, bracket=1)
    assert rungs.next_leg([*first, second], MAXIMIZE) is None


def test_brackets_get_configurations_by_hyperbands_shares() -> None:
    rungs = Rungs(3, reduction_factor=3, n_brackets=3)
    trials: list[FrozenTrial] = []
    for number in range(22):
        trials.append(unfinished(number, **rungs.first_leg(trials)))
    brackets = [trial.user_attrs["bracket"] for trial in trials]
    assert [brackets.count(b) for b in range(3)] == [12, 6, 4]  # as 3 : 1.5 : 1
    assert all(trial.user_attrs["rung"] == trial.user_attrs["bracket"] for trial in trials)


@pytest.mark.parametrize(
    "rungs", [Rungs(2, 3), Rungs(3, 4), Rungs(3, 3, 2), Rungs(4, 2, 3), Rungs(3, 3, 3)], ids=str
)
def test_the_least_configurations_are_those_with_which_one_comes_to_the_last_rung(
    rungs: Rungs,
) -> None:
    def reached(n_configurations: int) -> bool:
        trials: list[FrozenTrial] = []
        for number in range(n_configurations):
            trials.append(paused(number, 0.5, **rungs.first_leg(trials)))
        while (leg := rungs.next_leg(trials, MAXIMIZE)) is not None:
            trials.append(paused(len(trials), 0.5, **leg.attrs))
        return any(trial.user_attrs["rung"] == rungs.n_rungs - 1 for trial in trials)

    assert reached(rungs.least_configurations)
    assert not reached(rungs.least_configurations - 1)


def test_what_stands_unpromoted_is_needed_and_what_was_promoted_is_not() -> None:
    promotion = unfinished(3, continues=0, rung=1, bracket=0)
    assert Rungs(3, 3).needed([*rung_0([0.9, 0.8, 0.7]), promotion]) == {1, 2}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"n_rungs": 2.5}, "n_rungs must be a whole number, but got 2.5."),
        ({"n_rungs": "3"}, "n_rungs must be a whole number, but got '3'."),
        ({"n_rungs": 1}, "There must be at least 2 rungs, but got 1."),
        (
            {"n_rungs": 2, "reduction_factor": 1},
            "The reduction factor must be at least 2, but got 1.",
        ),
        (
            {"n_rungs": 3, "n_brackets": 4},
            "With 3 rungs there can be 1 to 3 brackets, but got 4.",
        ),
    ],
)
def test_numbers_without_sense_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        Rungs(**fields)
    assert str(raised.value) == message


def test_what_breaks_a_constraint_is_promoted_after_all_that_keep_it() -> None:
    trials = rung_0([0.9, 0.1, 0.8, 0.2])
    for trial, excess in zip(trials, [2.0, -1.0, 1.0, 0.0], strict=True):
        trial.system_attrs = {"constraints": [excess]}
    promoted: list[int | None] = []
    while (leg := Rungs(2, 2).next_leg(trials, MAXIMIZE)) is not None or len(promoted) < 4:
        if leg is None:
            trials.append(paused(len(trials), 0.0, rung=0, bracket=0))
            trials[-1].system_attrs = {"constraints": [9.0]}
            continue
        promoted.append(of(leg))
        trials.append(ended(len(trials), 0.5, rung=1, bracket=0, continues=promoted[-1]))
    assert promoted == [3, 1, 2, 0]
