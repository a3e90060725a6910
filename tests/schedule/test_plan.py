"""What is left to do in a study, read from its trials alone."""

from __future__ import annotations

import pytest
from optuna.trial import FrozenTrial, TrialState

from sweep.schedule.base import Whole
from sweep.schedule.enough import Enough
from sweep.schedule.plan import Plan
from sweep.schedule.rungs import Rungs
from tests.schedule.trials import MAXIMIZE, ended, paused, unfinished

RUNGS = Rungs(2, reduction_factor=2)


def plan_of(
    trials: list[FrozenTrial], total: int, scheduler: Whole | Rungs | None = None, **enough: float
) -> Plan:
    plan = Plan(scheduler or Whole(), Enough(**enough), total, MAXIMIZE)  # type: ignore[arg-type]
    plan.look_at(trials)
    return plan


@pytest.mark.parametrize(("n_trials", "has_work"), [(0, True), (2, True), (3, False), (4, False)])
def test_there_is_work_until_the_study_has_its_configurations(
    n_trials: int, has_work: bool
) -> None:
    trials = [ended(number, 0.5) for number in range(n_trials)]
    assert plan_of(trials, 3).has_work(exhausted=False) is has_work


def test_a_trial_that_runs_is_missed_no_more_and_one_that_waits_still_is() -> None:
    assert not plan_of([ended(0, 0.5), unfinished(1)], 2).has_work(exhausted=False)
    waiting = unfinished(1, TrialState.WAITING)
    assert plan_of([ended(0, 0.5), waiting], 2).has_work(exhausted=False)


def test_a_sampler_that_has_tried_all_leaves_nothing_new() -> None:
    assert not plan_of([ended(0, 0.5)], 3).has_work(exhausted=True)


def test_what_continues_is_work_even_if_no_configuration_is_missing() -> None:
    plan = plan_of([paused(0, 0.5, rung=0, bracket=0), paused(1, 0.9, rung=0, bracket=0)], 2, RUNGS)
    assert plan.next_leg is not None
    assert plan.next_leg.attrs["continues"] == 1
    assert plan.has_work(exhausted=True)


def test_a_leg_counts_as_no_configuration() -> None:
    legs = [
        paused(0, 0.5, rung=0, bracket=0),
        ended(1, 0.9, continues=0, configuration=0, rung=1, bracket=0),
    ]
    assert plan_of(legs, 2, RUNGS).has_work(exhausted=False)


def test_a_leg_that_waits_to_be_run_is_work() -> None:
    waiting = unfinished(2, TrialState.WAITING, continues=1, configuration=1, rung=1, bracket=0)
    trials = [paused(0, 0.5, rung=0, bracket=0), paused(1, 0.9, rung=0, bracket=0), waiting]
    plan = plan_of(trials, 2, RUNGS)
    assert plan.next_leg is None
    assert plan.has_work(exhausted=False)


def test_enough_is_the_end_whatever_is_missing() -> None:
    plan = plan_of([ended(0, 0.95)], 10, target=0.9)
    assert plan.enough == "Trial 0 reached the target with 0.95."
    assert not plan.has_work(exhausted=False)
