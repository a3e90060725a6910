"""The legs of a training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import optuna
import pytest

from sweep.errors import UsageError
from sweep.flow.extension import Extension
from sweep.results.lineage import lineage, schedule
from sweep.results.trials import Trials, trials_of
from sweep.schedule.kept import kept_scheduler
from sweep.schedule.population import Population
from sweep.schedule.rungs import Rungs
from sweep.storage.database import open_for_reading
from sweep.storage.reading import StudySummary, read_trials, summarize_study
from sweep.storage.study import AskedStudy
from sweep.storage.url import storage_url
from tests.standin import study_of

Sweep = Callable[..., AskedStudy]


def load(results: Path) -> tuple[StudySummary, Trials]:
    engine = open_for_reading(storage_url(results))
    summary = summarize_study(engine, "study")
    return summary, trials_of(summary, read_trials(engine, "study"))


def test_a_lineage_goes_from_the_first_leg_to_the_last(sweep: Sweep, results: Path) -> None:
    trials = sweep(n_trials=9, scheduler=Rungs(3, 3)).trials
    (winner,) = [trial for trial in trials if trial.state.name == "COMPLETE"]
    second = winner.user_attrs["continues"]
    first = winner.user_attrs["configuration"]
    legs = lineage(*load(results), winner.number)
    assert list(legs.numbers) == [first, second, winner.number]
    assert lineage(*load(results), None) == legs
    assert list(lineage(*load(results), first).numbers) == [first]


def test_a_training_in_one_go_is_a_lineage_of_one(sweep: Sweep, results: Path) -> None:
    sweep(n_trials=2)
    assert list(lineage(*load(results), 1).numbers) == [1]


def test_a_trial_that_is_not_there_has_none(sweep: Sweep, results: Path) -> None:
    sweep(study_of("fail nan loss: x"), n_trials=1)
    with pytest.raises(UsageError) as raised:
        lineage(*load(results), 1)
    assert str(raised.value) == "Study 'study' has no trial 1: its only one is 0."
    with pytest.raises(UsageError) as raised:
        lineage(*load(results), None)
    assert str(raised.value) == (
        "No trial of study 'study' is complete yet: name a trial with --trial."
    )


def test_a_replay_goes_through_the_same_params_at_the_same_steps(
    sweep: Sweep, results: Path
) -> None:
    trials = sweep(scheduler=Population(5, 3)).trials
    explored = next(
        trial
        for trial in trials
        if trial.state.name == "COMPLETE"
        and trial.params["x"] != trials[trial.user_attrs["configuration"]].params["x"]
    )
    legs = lineage(*load(results), explored.number)
    replayed = sweep(
        name="again", scheduler=schedule(legs), enqueue=[schedule(legs).params[0]], seed=2
    ).trials
    assert [trial.params for trial in replayed] == [trials[n].params for n in legs.numbers]
    assert [trial.last_step for trial in replayed] == [trials[n].last_step for n in legs.numbers]
    assert replayed[-1].value == explored.value
    assert len(sweep(name="again", seed=2).trials) == len(replayed)


def test_a_replay_may_have_the_seeds_that_each_leg_had(sweep: Sweep, results: Path) -> None:
    trials = sweep(scheduler=Population(2, 3)).trials
    legs = lineage(*load(results), None)
    assert len(legs.numbers) == 3
    scheduler = schedule(legs, own_seed=True)
    seeds = [trials[number].user_attrs["seed"] for number in legs.numbers]
    again = sweep(name="again", scheduler=scheduler, seed=2)
    assert [trial.user_attrs["seed"] for trial in again.trials] == seeds
    assert kept_scheduler(again.user_attrs) == scheduler
    other = sweep(name="other", scheduler=schedule(legs), seed=2)
    assert not set(seeds) & {trial.user_attrs["seed"] for trial in other.trials}


def test_a_trial_of_another_program_has_no_seed_to_replay(sweep: Sweep, results: Path) -> None:
    study = sweep(n_trials=1)
    known = study.trials[0]
    study.add_trial(
        optuna.trial.create_trial(
            value=2.0,
            params=known.params,
            distributions=known.distributions,
            user_attrs={"metrics_global_step": 30},
        )
    )
    with pytest.raises(UsageError) as raised:
        schedule(lineage(*load(results), 1), own_seed=True)
    assert str(raised.value) == (
        "Trial 1 has no seed, because another program than sweep added it: leave --own-seed out."
    )


@pytest.mark.slow
def test_a_replay_goes_as_far_as_the_training_did(sweep: Sweep, results: Path) -> None:
    sweep(n_trials=3, scheduler=Rungs(2, 3))
    trials = sweep(extension=Extension(1, 50)).trials
    for trial in (trials[-1], trials[0]):  # beyond the study's max_steps, and not as far
        legs = lineage(*load(results), trial.number)
        name = f"again-{trial.number}"
        replayed = sweep(name=name, scheduler=schedule(legs), seed=2).trials
        steps = [leg.last_step for leg in replayed]
        assert steps == [legs.row(number)["metrics_global_step"] for number in legs.numbers]
        assert replayed[-1].state.name == "COMPLETE"


def test_what_failed_in_the_middle_is_no_schedule(sweep: Sweep, results: Path) -> None:
    sweep(study_of("raise"), n_trials=1)
    with pytest.raises(UsageError, match="Trial 0 was not trained to the end of a leg"):
        schedule(lineage(*load(results), 0))
