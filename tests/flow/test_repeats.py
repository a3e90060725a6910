"""Configurations trained with several seeds."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, median
from typing import Any

import optuna
import pytest
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial

import sweep as package
from sweep.errors import StudyError, UsageError
from sweep.model.finding import _read_trial
from sweep.results.ranking import best_trials
from sweep.results.trials import trials_of
from sweep.schedule.base import configuration
from sweep.schedule.population import Population
from sweep.schedule.repeats import Repeats
from sweep.schedule.rungs import Rungs
from sweep.storage.database import open_for_reading
from sweep.storage.reading import read_trials, summarize_study
from sweep.storage.study import AskedStudy
from sweep.storage.url import storage_url
from tests.flow.test_confirm import noisy
from tests.processes import Program
from tests.standin import study_of

Sweep = Callable[..., AskedStudy]
Start = Callable[..., Program]


def by_configuration(trials: list[FrozenTrial]) -> dict[int, list[FrozenTrial]]:
    found: dict[int, list[FrozenTrial]] = {}
    for trial in trials:
        if trial.state.name == "COMPLETE":
            found.setdefault(configuration(trial), []).append(trial)
    return found


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_each_configuration_is_trained_with_as_many_seeds(sweep: Sweep, n_jobs: int) -> None:
    trials = sweep(noisy(repeats=3), n_trials=4, n_jobs=n_jobs).trials
    groups = by_configuration(trials)
    assert [len(group) for group in groups.values()] == [3] * 4
    assert len({trial.user_attrs["seed"] for trial in trials}) == 12
    for group in groups.values():
        assert all(trial.params == group[0].params for trial in group)


class Learner(optuna.samplers.RandomSampler):
    """Notes the values that it could learn from, each time that it is asked for params."""

    def __init__(self) -> None:
        super().__init__(seed=1)
        self.seen: list[dict[int, float | None]] = []

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        known = [t for t in study.get_trials(deepcopy=False) if t.state.name == "COMPLETE"]
        self.seen.append({t.number: t.value for t in known})
        return super().infer_relative_search_space(study, trial)


@pytest.mark.parametrize("by", ["mean", "median"])
def test_a_sampler_learns_from_what_a_configurations_trainings_come_to(
    sweep: Sweep, by: str
) -> None:
    learner = Learner()
    trials = sweep(noisy(repeats=Repeats(3, by)), n_trials=3, sampler=learner).trials
    groups = {n: [t.value or 0 for t in g] for n, g in by_configuration(trials).items()}
    values = {n: fmean(g) if by == "mean" else median(g) for n, g in groups.items()}
    assert [len(seen) for seen in learner.seen] == [0, 1, 2]
    assert learner.seen[-1] == {n: pytest.approx(values[n]) for n in learner.seen[-1]}


def test_the_best_is_that_of_the_best_mean_and_tables_have_the_spread(
    sweep: Sweep, results: Path
) -> None:
    trials = sweep(noisy(), n_trials=6, repeats=3).trials
    means = {n: fmean(t.value or 0 for t in g) for n, g in by_configuration(trials).items()}
    best = max(means, key=means.__getitem__)
    engine = open_for_reading(storage_url(results))
    summary = summarize_study(engine, "study")
    assert summary.best_value == pytest.approx(means[best])
    read = trials_of(summary, read_trials(engine, "study"))
    assert best_trials(summary, read).numbers == [best]
    assert _read_trial(storage_url(results), "study", None).number == best
    table = package.load_trials("study", results=results)
    spread = table.dropna(subset="mean").set_index("number")
    assert spread["mean"].to_dict() == pytest.approx(means)
    assert set(spread["seeds"]) == {3}
    assert (spread["std"] > 0).all()


@pytest.mark.slow
def test_on_rungs_only_the_best_of_those_in_full_get_further_seeds(sweep: Sweep) -> None:
    spec = noisy(repeats=2, scheduler=Rungs(2, 3))
    trials = sweep(spec, n_trials=18).trials
    repeated = Counter(t.user_attrs["repeats"] for t in trials if "repeats" in t.user_attrs)
    complete = by_configuration(trials)
    assert 0 < len(repeated) < len(complete)
    assert repeated.keys() <= complete.keys()
    assert all(
        trial.last_step == 30 and "rung" not in trial.user_attrs
        for trial in trials
        if "repeats" in trial.user_attrs
    )


def test_with_a_pruner_the_better_half_gets_further_seeds_which_it_does_not_end(
    sweep: Sweep,
) -> None:
    trials = sweep(noisy(repeats=2), n_trials=8, pruner="median:n_startup_trials=2").trials
    firsts = [t for t in trials if "repeats" not in t.user_attrs]
    further = [t for t in trials if "repeats" in t.user_attrs]
    assert any(t.state.name == "PRUNED" for t in firsts)
    assert 0 < len(further) < len(firsts)
    assert {t.state.name for t in further} == {"COMPLETE"}


def test_a_configuration_that_fails_is_not_trained_again(sweep: Sweep) -> None:
    spec = noisy(lambda number: "fail nan loss: x" if number == 0 else "train", repeats=2)
    trials = sweep(spec, n_trials=2).trials
    assert [t.state.name for t in trials] == ["FAIL", "COMPLETE", "COMPLETE"]
    assert trials[2].user_attrs["repeats"] == 1


@pytest.mark.slow
def test_the_study_keeps_its_repeats_and_more_may_be_asked_for(sweep: Sweep) -> None:
    sweep(noisy(), n_trials=2, repeats=2)
    assert len(sweep(noisy(), n_trials=3).trials) == 6
    assert len(sweep(noisy(), n_trials=3, repeats=3).trials) == 9


def test_several_metrics_have_a_mean_each(sweep: Sweep, results: Path) -> None:
    spec = noisy(metric=["score", "cost"], direction=["maximize", "minimize"], repeats=2)
    assert len(sweep(spec, n_trials=2).trials) == 4
    table = package.load_trials("study", results=results)
    assert {"mean_score", "std_score", "mean_cost", "seeds"} <= set(table)


@pytest.mark.slow
def test_optuna_alone_reads_and_continues_such_a_study(sweep: Sweep, results: Path) -> None:
    sweep(noisy(repeats=2), n_trials=3)
    alone = optuna.load_study(study_name="study", storage=storage_url(results))
    assert len(alone.trials) == 6
    asked = alone.ask()
    asked.suggest_float("x", 0, 1)
    alone.tell(asked, 0.5)
    assert len(sweep(noisy(), n_trials=4).trials) == 8  # and its trial is trained again as well


def test_a_sweep_that_is_killed_in_the_midst_loses_nothing(program: Start, results: Path) -> None:
    killed = program(3, "wait", scheduler="repeats")
    killed.read_until("evaluated 0", "evaluated 1")
    killed.send(signal.SIGKILL)
    assert killed.has_ended_whole()
    assert program(3, "train", scheduler="repeats").end()[0] == 0
    trials = optuna.load_study(study_name="study", storage=storage_url(results)).trials
    assert [len(group) for group in by_configuration(trials).values()] == [3] * 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repeats": 0}, r"^A configuration needs at least 1 training, but got repeats=0\.$"),
        ({"repeats": 2, "scheduler": Population(2, 2), "n_trials": None}, "params change while"),
    ],
)
def test_what_cannot_be_repeated_is_refused(
    sweep: Sweep, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        sweep(noisy(), **{"n_trials": 2, **options})


def test_a_value_of_no_known_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="their mean or median, but got 'mode'"):
        Repeats(2, "mode")
    with pytest.raises(StudyError, match="`repeats` must be a whole number of at least 1"):
        study_of(repeats=1.5)
