"""What a sampler sees of configurations that are trained in legs."""

from __future__ import annotations

from typing import Any

import pytest
from optuna.trial import FrozenTrial, TrialState

from sweep.schedule.seen import LEAST_CONFIGURATIONS, as_complete, furthest
from tests.schedule.trials import MAXIMIZE, ended, paused, unfinished


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


def curve(number: int, *values: float, **attrs: Any) -> FrozenTrial:
    """A configuration with these values at steps 10, 20, …; one of three is at its end."""
    trial = ended(number, values[-1]) if len(values) == 3 else paused(number, values[-1], **attrs)
    trial.intermediate_values = {10 * (n + 1): value for n, value in enumerate(values)}
    return trial


def shown(trials: list[FrozenTrial]) -> dict[int, float | None]:
    seen = as_complete(trials, MAXIMIZE)
    assert {trial.state for trial in seen} == {TrialState.COMPLETE}
    return {trial.number: trial.value for trial in seen}


def test_paused_configurations_are_compared_at_the_furthest_step_that_enough_have_reached() -> None:
    few = [curve(n, 0.1 * n, 0.1 * n + 0.3) for n in range(2)]
    others = [curve(n, 0.1) for n in range(2, LEAST_CONFIGURATIONS)]
    assert shown([*few, *others])[1] == 0.1
    enough = [curve(n, 0.1, 0.1 + 0.01 * n) for n in range(LEAST_CONFIGURATIONS)]
    assert shown([*enough, curve(50, 0.1)])[9] == pytest.approx(0.19)


def test_a_configuration_that_was_left_behind_has_what_the_others_have_gained_from_there() -> None:
    enough = [curve(n, 0.5, 0.5 + 0.01 * n) for n in range(LEAST_CONFIGURATIONS + 1)]
    assert shown([*enough, curve(50, 0.2)])[50] == pytest.approx(0.25)


def test_a_configuration_that_went_on_is_compared_where_the_others_are() -> None:
    enough = [curve(n, 0.5, 0.6) for n in range(LEAST_CONFIGURATIONS)]
    assert shown([*enough, curve(50, 0.5, 0.7, 0.9)])[50] == 0.7


def test_a_configuration_goes_by_the_trial_that_the_sampler_has_drawn_it_for() -> None:
    original, leg = paused(0, 0.5), paused(3, 0.6, steps=20, continues=0, configuration=0)
    original.system_attrs = {"cma:generation": 4}
    leg.intermediate_values = {10: 0.5, 20: 0.6}
    (seen,) = as_complete([original, leg], MAXIMIZE)
    assert (seen.number, seen.system_attrs, seen.value) == (0, {"cma:generation": 4}, 0.6)
    assert original.state is TrialState.PRUNED


def test_without_a_paused_trial_nothing_is_shown_otherwise() -> None:
    trials = [ended(0, 0.5), ended(1, 0.3, TrialState.PRUNED), unfinished(2)]
    assert as_complete(trials, MAXIMIZE) == trials


def test_a_configuration_is_shown_with_what_its_last_leg_breaks() -> None:
    first, last = paused(0, 0.5), paused(1, 0.6, steps=20, continues=0, configuration=0)
    first.system_attrs, last.system_attrs = {"constraints": [1.0]}, {"constraints": [-1.0]}
    (seen,) = as_complete([first, last], MAXIMIZE)
    assert (seen.number, list(seen.constraints.values())) == (0, [-1.0])
