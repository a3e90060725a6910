"""What trainings in legs have in common."""

from __future__ import annotations

import pytest
from optuna.trial import FrozenTrial, TrialState

from sweep.schedule.base import furthest
from tests.schedule.trials import ended, paused, unfinished


def numbers(trials: list[FrozenTrial]) -> list[int]:
    return [trial.number for trial in trials]


@pytest.mark.parametrize("state", [TrialState.COMPLETE, TrialState.PRUNED])
def test_a_sampler_learns_of_a_configuration_by_its_furthest_leg_alone(state: TrialState) -> None:
    further = ended(2, 0.9, state, steps=30, continues=0, configuration=0)
    assert numbers(furthest([paused(0, 0.5), paused(1, 0.4), further])) == [1, 2]


@pytest.mark.parametrize("state", [TrialState.RUNNING, TrialState.FAIL])
def test_a_leg_stands_for_its_configuration_until_the_next_has_ended_well(
    state: TrialState,
) -> None:
    is_running = state is TrialState.RUNNING
    leg = unfinished(1, continues=0) if is_running else ended(1, None, state, continues=0)
    assert 0 in numbers(furthest([paused(0, 0.5), leg]))


def test_a_leg_that_runs_is_no_lesson_but_a_new_configuration_that_runs_is() -> None:
    trials = [paused(0, 0.5), unfinished(1, continues=0), unfinished(2)]
    assert numbers(furthest(trials)) == [0, 2]


def test_a_complete_trial_stays_a_lesson_when_it_is_extended() -> None:
    extended = ended(1, 0.95, steps=200, continues=0, configuration=0, max_steps=200)
    assert numbers(furthest([ended(0, 0.9), extended])) == [0, 1]
