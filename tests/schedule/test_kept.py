"""The scheduler that a study keeps."""

from __future__ import annotations

import pytest

from sweep.errors import UsageError
from sweep.schedule.base import Scheduler, Whole
from sweep.schedule.kept import agree, check_steps, kept_scheduler, shortfall
from sweep.schedule.population import Population
from sweep.schedule.replay import Replay
from sweep.schedule.rungs import Rungs

RUNGS = Rungs(4, 3, 2)
POPULATION = Population(8, 5, ("learning_rate",))


@pytest.mark.parametrize("scheduler", [RUNGS, POPULATION, Whole()], ids=lambda s: type(s).__name__)
def test_what_is_kept_comes_back(scheduler: Scheduler) -> None:
    kept = kept_scheduler({"scheduler": scheduler.to_json()})
    assert type(kept) is type(scheduler)
    assert kept.to_json() == scheduler.to_json()


def test_a_study_that_goes_on_keeps_its_scheduler() -> None:
    assert agree("s", None, RUNGS.to_json(), has_trials=True) == RUNGS
    assert agree("s", Rungs(4, 3, 2), RUNGS.to_json(), has_trials=True) == RUNGS


def test_a_study_without_trials_takes_another() -> None:
    assert agree("s", POPULATION, RUNGS.to_json(), has_trials=False) == POPULATION


def test_a_study_with_trials_refuses_another() -> None:
    with pytest.raises(UsageError) as raised:
        agree("s", RUNGS, {}, has_trials=True)
    assert str(raised.value) == (
        "Study 's' was started with every trial trained to its end without a break, not "
        "with 4 rungs by a factor of 3 in 2 brackets: continue it as it was started, or "
        "start another study with --name, and use --from s for the trials that fit."
    )
    with pytest.raises(UsageError, match="with a population of 8 in 5 legs, not with 4 rungs"):
        agree("s", RUNGS, POPULATION.to_json(), has_trials=True)


def test_another_schedule_of_as_many_legs_is_refused_as_another() -> None:
    one, other = (Replay(({"x": x}, {"x": x}), (0.5, 1.0), 30) for x in (0.1, 0.2))
    with pytest.raises(UsageError) as raised:
        agree("s", other, one.to_json(), has_trials=True)
    assert str(raised.value) == (
        "Study 's' was started with a schedule of 2 legs, not with another: continue it as "
        "it was started, or start another study with --name."
    )


def test_a_training_without_an_end_cannot_be_divided() -> None:
    with pytest.raises(UsageError) as raised:
        check_steps(POPULATION, None)
    assert str(raised.value) == (
        "A population of 8 in 5 legs: this divides max_steps, but the study's TrainSpec has "
        "none. Set max_steps in it."
    )


def test_a_training_shorter_than_its_parts_cannot_be_divided() -> None:
    check_steps(RUNGS, 27)
    with pytest.raises(UsageError) as raised:
        check_steps(RUNGS, 26)
    assert str(raised.value) == (
        "4 rungs by a factor of 3 in 2 brackets: a training of max_steps=26 is too short to "
        "divide like this. Ask for fewer."
    )


def test_too_few_configurations_for_their_rungs_are_told_of() -> None:
    assert shortfall(Rungs(4, 3), 26) == (
        "No trial will complete: 4 rungs by a factor of 3 need 27 configurations for one to "
        "reach the last rung, but there are only 26. Ask for more --trials, or for fewer "
        "rungs."
    )
    assert shortfall(Rungs(4, 3), 27) is None


@pytest.mark.parametrize("scheduler", [POPULATION, Whole()], ids=lambda s: type(s).__name__)
def test_what_trains_every_configuration_to_its_end_lacks_none(scheduler: Scheduler) -> None:
    assert shortfall(scheduler, 1) is None
