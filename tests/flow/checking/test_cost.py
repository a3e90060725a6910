"""The cost of a sweep whose trials are like one that was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sweep.flow.checking.checked import Trial
from sweep.flow.checking.cost import cost_of
from sweep.flow.checking.timing import Timing
from sweep.schedule.base import Scheduler, Whole
from sweep.schedule.rungs import Rungs

TIMING = Timing(process=1.0, build=0, graph=0, step=0.1, evaluation=2.0, end=0)
TRIAL = Trial(TIMING, n_steps=90, n_trained=90, n_evaluations=4, seconds=TIMING.seconds(90, 4))


def seconds_of(
    scheduler: Scheduler, n: int, *trials: Trial, n_jobs: int = 1, loading: float = 0
) -> float | None:
    return cost_of(trials, scheduler, n, n_jobs=n_jobs, loading=loading, is_most=False).seconds


def test_trials_share_the_slots_and_what_is_loaded_is_loaded_once() -> None:
    assert TRIAL.seconds == 18
    assert seconds_of(Whole(), 10, TRIAL, n_jobs=2, loading=5) == 95


def test_slots_that_no_trial_is_left_for_save_nothing() -> None:
    assert seconds_of(Whole(), 2, TRIAL, n_jobs=8) == 18


def test_trials_with_other_params_count_by_their_mean() -> None:
    other = replace(TRIAL, n_steps=290, seconds=TIMING.seconds(290, 4))
    assert seconds_of(Whole(), 2, TRIAL, other) == pytest.approx(18 + 38)


def test_a_leg_costs_a_start_its_steps_and_the_evaluation_at_its_end() -> None:
    first, second, third = 1 + 1 + 2, 1 + 2 + 2 * 2, 1 + 6 + 3 * 2
    expected = 9 * first + 3 * second + third
    assert seconds_of(Rungs(3, 3), 9, TRIAL) == pytest.approx(expected)


def test_a_study_that_has_its_trials_costs_nothing() -> None:
    assert seconds_of(Whole(), 0, TRIAL, loading=5) == 0


def test_nobody_knows_what_trials_cost_that_have_no_known_end() -> None:
    assert seconds_of(Whole(), 5, replace(TRIAL, seconds=None)) is None
