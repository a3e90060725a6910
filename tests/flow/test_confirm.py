"""The best configurations trained again, to see which is the best by its mean."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial

from sweep.errors import UsageError
from sweep.flow.extension import Extension
from sweep.folder.layout import StudyFolder
from sweep.results.confirmation import Verdict, verdict_of
from sweep.results.trials import trials_of
from sweep.schedule.confirmation import Confirmation
from sweep.schedule.population import Population
from sweep.schedule.rungs import Rungs
from sweep.storage.database import open_for_reading
from sweep.storage.reading import read_trials, summarize_study
from sweep.storage.study import AskedStudy
from sweep.storage.url import storage_url
from sweep.study.spec import StudySpec
from tests.processes import Program
from tests.standin import search_space, study_of

Sweep = Callable[..., AskedStudy]
Start = Callable[..., Program]


def noisy(act: Callable[[int], str] = lambda number: "train", **fields: Any) -> StudySpec:
    """A study whose trials measure more or less by their seeds."""

    def space(trial: optuna.Trial) -> dict[str, Any]:
        return search_space(trial) | {"act": act(trial.number), "noise": 0.01}

    return study_of(search_space=space, **fields)


def load(results: Path) -> list[FrozenTrial]:
    return optuna.load_study(study_name="study", storage=storage_url(results)).trials


def confirming(trials: list[FrozenTrial]) -> list[FrozenTrial]:
    return [trial for trial in trials if "confirms" in trial.user_attrs]


def test_a_sweep_that_keeps_the_best_keeps_what_is_confirmed_and_what_confirms_it(
    sweep: Sweep, results: Path
) -> None:
    sweep(noisy(), n_trials=3, keep=1)
    study = sweep(noisy(), confirmation=Confirmation(1, 3), keep=1)
    folder = StudyFolder(results, "study")
    kept = {trial.number for trial in study.trials if folder.trial(trial.number).has_checkpoint}
    further = confirming(study.trials)
    assert kept == {further[0].user_attrs["confirms"], *(trial.number for trial in further)}


def verdict(results: Path) -> Verdict:
    engine = open_for_reading(storage_url(results))
    summary = summarize_study(engine, "study")
    return verdict_of(summary, trials_of(summary, read_trials(engine, "study")))


def test_the_best_are_trained_again_with_the_same_seeds_which_none_had_before(
    sweep: Sweep,
) -> None:
    before = sweep(noisy(), n_trials=6).trials
    best = sorted(before, key=lambda trial: -(trial.value or 0))[:2]
    trials = sweep(noisy(), confirmation=Confirmation(2, 3)).trials
    again = confirming(trials)
    assert len(trials) == 6 + len(again) == 12
    seeds = {}
    for source in best:
        of_it = [t for t in again if t.user_attrs["confirms"] == source.number]
        assert [trial.user_attrs["nth_seed"] for trial in of_it] == [1, 2, 3]
        assert all(trial.params == source.params for trial in of_it)
        assert all(trial.last_step == 30 for trial in of_it)
        seeds[source.number] = [trial.user_attrs["seed"] for trial in of_it]
    first, second = seeds.values()
    assert first == second
    assert len({*first, *(trial.user_attrs["seed"] for trial in before)}) == 9


def test_those_that_are_clearly_behind_get_no_more_seeds(sweep: Sweep) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        return search_space(trial) | {"act": "train", "noise": 1e-6}

    spec = study_of(search_space=space)
    sweep(spec, n_trials=6)
    again = confirming(sweep(spec, confirmation=Confirmation(6, 4)).trials)
    trained = [sum(t.user_attrs["confirms"] == number for t in again) for number in range(6)]
    assert sorted(trained) == [2, 2, 2, 2, 2, 4]


class Onlooker(optuna.samplers.RandomSampler):
    """Notes how many trials it could learn from, each time that it is asked for params."""

    def __init__(self) -> None:
        super().__init__(seed=1)
        self.seen: list[int] = []

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        self.seen.append(len(study.get_trials(deepcopy=False)))
        return super().infer_relative_search_space(study, trial)


def test_samplers_do_not_see_them_and_they_count_for_no_total(sweep: Sweep) -> None:
    sweep(noisy(), n_trials=3)
    sweep(noisy(), confirmation=Confirmation(2, 2))
    onlooker = Onlooker()
    trials = sweep(noisy(), n_trials=4, sampler=onlooker).trials
    assert len(trials) == 3 + 4 + 1
    assert onlooker.seen == [4]  # with the one that is asked for


def test_the_same_again_trains_nothing_and_more_seeds_add_what_is_missing(sweep: Sweep) -> None:
    sweep(noisy(), n_trials=3)
    first = sweep(noisy(), confirmation=Confirmation(2, 2)).trials
    assert sweep(noisy(), confirmation=Confirmation(2, 2)).trials == first
    more = sweep(noisy(), confirmation=Confirmation(2, 3)).trials
    assert [trial.user_attrs["nth_seed"] for trial in more[len(first) :]] == [3, 3]


@pytest.mark.slow
def test_on_rungs_they_are_trained_in_full_from_the_beginning(sweep: Sweep, results: Path) -> None:
    sweep(noisy(), n_trials=9, scheduler=Rungs(3, 3))
    again = confirming(sweep(noisy(), confirmation=Confirmation(3, 2)).trials)
    assert len(again) == 2  # one configuration was trained in full
    for trial in again:
        assert (trial.state.name, trial.last_step) == ("COMPLETE", 30)
        log = results / f"study/trial-{trial.number:04d}/log.txt"
        assert log.read_text() == "attempt 1 trains from step 0\n"


def test_what_was_extended_is_trained_as_far(sweep: Sweep) -> None:
    sweep(noisy(), n_trials=2)
    sweep(noisy(), extension=Extension(1, 60))
    again = confirming(sweep(noisy(), confirmation=Confirmation(1, 2)).trials)
    assert [trial.last_step for trial in again] == [60, 60]


def test_a_pruner_ends_none_of_them(sweep: Sweep) -> None:
    pruner = "threshold:upper=0.0001"
    sweep(noisy(), n_trials=2)
    again = confirming(sweep(noisy(), confirmation=Confirmation(2, 2), pruner=pruner).trials)
    assert {trial.state.name for trial in again} == {"COMPLETE"}


def test_a_seed_that_fails_counts_and_retry_trains_it_again(sweep: Sweep, results: Path) -> None:
    before = sweep(noisy(), n_trials=3).trials
    best = max(before, key=lambda trial: trial.value or 0)

    def fails(number: int) -> str:
        return "fail nan loss: x" if number == 3 else "train"

    trials = sweep(noisy(fails), confirmation=Confirmation(1, 3)).trials
    assert [trial.state.name for trial in trials[3:]] == ["FAIL", "COMPLETE", "COMPLETE"]
    (confirmed,) = verdict(results).configurations
    assert (confirmed.trial, confirmed.seeds, confirmed.failed) == (best.number, 2, 1)

    after = sweep(noisy(), retry="nan loss").trials
    assert after[6].user_attrs["seed"] == trials[3].user_attrs["seed"]
    (confirmed,) = verdict(results).configurations
    assert (confirmed.seeds, confirmed.failed) == (3, 0)


def test_the_verdict_is_of_the_confirming_trials_alone(sweep: Sweep, results: Path) -> None:
    before = sweep(noisy(), n_trials=6).trials
    again = confirming(sweep(noisy(), confirmation=Confirmation(2, 4)).trials)
    said = verdict(results)
    assert said.is_confirmed
    assert 0.5 <= (said.chance or 0) <= 1
    for confirmed in said.configurations:
        own = [t.value or 0 for t in again if t.user_attrs["confirms"] == confirmed.trial]
        assert confirmed.mean == pytest.approx(sum(own) / 4)
        assert confirmed.value == before[confirmed.trial].value
        assert confirmed.optimism == pytest.approx(confirmed.value - confirmed.mean)
    means = [confirmed.mean for confirmed in said.configurations]
    assert means == sorted(means, reverse=True)


@pytest.mark.slow
def test_a_sweep_that_is_killed_in_the_midst_loses_nothing(program: Start, results: Path) -> None:
    program(4, "train").end()
    killed = program(4, "wait", scheduler="confirm")
    killed.read_until("evaluated 4", "evaluated 5")
    killed.send(signal.SIGKILL)
    assert killed.has_ended_whole()
    again = program(4, "train", scheduler="confirm")
    assert again.end()[0] == 0
    trials = confirming(load(results))
    told = sorted((t.user_attrs["confirms"], t.user_attrs["nth_seed"]) for t in trials)
    assert len(told) == len(set(told)) == 6
    assert {trial.state.name for trial in trials} == {"COMPLETE"}
    log = (results / "study/trial-0004/log.txt").read_text()
    assert "attempt 2 trains from step 10" in log


@pytest.mark.parametrize(
    ("spec", "before", "options", "message"),
    [
        ({}, {}, {"fixed": {"layers": 1}}, "A confirmation trains the best"),
        (
            {"metric": ["score", "cost"], "direction": ["maximize", "minimize"]},
            {},
            {},
            "The study has 2 metrics, so it is not clear",
        ),
        ({}, {"scheduler": Population(2, 2), "n_trials": None}, {}, "With a population of 2 in 2"),
    ],
)
def test_what_cannot_be_confirmed_is_refused(
    sweep: Sweep,
    spec: dict[str, Any],
    before: dict[str, Any],
    options: dict[str, Any],
    message: str,
) -> None:
    declared = noisy(**spec)
    sweep(declared, **{"n_trials": 2, **before})
    with pytest.raises(UsageError, match=message):
        sweep(declared, confirmation=Confirmation(2, 2), **options)


def test_a_study_without_complete_trials_has_nothing_to_confirm(
    sweep: Sweep, results: Path
) -> None:
    asked = Confirmation(2, 2)
    with pytest.raises(
        UsageError, match=r"^Study 'study' has no trial to confirm: sweep it first\.$"
    ):
        sweep(noisy(), confirmation=asked)
    assert not (results / "studies.db").exists()
    sweep(noisy(lambda number: "fail nan loss: x"), n_trials=1)
    with pytest.raises(UsageError, match=r"^Study 'study' has no complete trial to confirm"):
        sweep(noisy(), confirmation=asked)


@pytest.mark.parametrize("numbers", [(0, 5), (5, 1), (1.5, 5)])
def test_no_sense_in_the_numbers_is_told(numbers: tuple[Any, Any]) -> None:
    with pytest.raises(UsageError):
        Confirmation(*numbers)
