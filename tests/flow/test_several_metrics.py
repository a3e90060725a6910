"""Studies with several metrics: on rungs, confirmed, and extended by a preference."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

from sweep import events
from sweep.errors import UsageError
from sweep.flow.extension import Extension
from sweep.model.finding import _read_trial
from sweep.results.data import load_study
from sweep.results.score import Score
from sweep.results.score_lines import describe
from sweep.schedule.confirmation import Confirmation
from sweep.schedule.population import Population
from sweep.schedule.rungs import Rungs
from sweep.search.preference import Preference
from sweep.storage.study import AskedStudy
from sweep.storage.url import storage_url
from sweep.study.spec import StudySpec
from tests.standin import TWO_METRICS, study_of

Sweep = Callable[..., AskedStudy]


def two_metrics(**fields: Any) -> StudySpec:
    return study_of(**(TWO_METRICS | fields))


def at(*xs: float) -> list[dict[str, float]]:
    """Params to try, of which x decides both metrics."""
    return [{"x": x} for x in xs]


def test_rungs_promote_from_the_front_what_keeps_constraints(sweep: Sweep) -> None:
    """The front is x=0.1, 0.3 and 0.5; 0.7 is beaten, and 0.9 costs too much."""
    enqueue = at(0.9, 0.7, 0.5, 0.3, 0.1, 0.95)
    trials = sweep(two_metrics(), n_trials=6, scheduler=Rungs(2, 3), enqueue=enqueue).trials
    promoted = [t.params["x"] for t in trials if t.user_attrs["rung"] == 1]
    assert sorted(promoted) == [0.1, 0.5]


def test_a_paused_trial_is_told_with_all_of_its_values(sweep: Sweep, results: Path) -> None:
    heard: list[events.Event] = []
    enqueue = at(0.9, 0.5)
    sweep(two_metrics(), n_trials=2, scheduler=Rungs(2, 3), enqueue=enqueue, listener=heard.append)
    start = next(event for event in heard if isinstance(event, events.SweepStarted))
    lines = [describe(e.trial, Score(start)) for e in heard if isinstance(e, events.TrialEnded)]
    assert [line.partition("  paused")[0] for line in lines] == [
        "trial 0  score 0.28, cost 0.9, breaks cost <= 0.8 by 0.1",
        "trial 1  score 0.33333, cost 0.5",
    ]
    trials = load_study("study", results=results).trials
    assert list(trials["values_cost"]) == [0.9, 0.5]


class Learner(optuna.samplers.RandomSampler):
    """Notes what it could learn from, each time that it is asked for params."""

    def __init__(self) -> None:
        super().__init__(seed=1)
        self.seen: list[list[FrozenTrial]] = []

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        self.seen.append([t for t in study.get_trials(deepcopy=False) if t.values])
        return super().infer_relative_search_space(study, trial)


def test_a_sampler_learns_all_values_of_what_is_paused(sweep: Sweep) -> None:
    learner = Learner()
    sweep(two_metrics(sampler=learner), n_trials=4, scheduler=Rungs(2, 3), enqueue=at(0.2, 0.4))
    seen = learner.seen[-1]
    assert [trial.state for trial in seen] == [TrialState.COMPLETE] * len(seen)
    assert [trial.values[1] for trial in seen[:2]] == [0.2, 0.4]
    assert all(trial.constraints for trial in seen)


def test_tpe_takes_rungs_of_several_metrics(sweep: Sweep) -> None:
    study = sweep(two_metrics(sampler="tpe"), n_trials=14, scheduler=Rungs(2, 2), n_jobs=2)
    assert {t.state for t in study.trials} == {TrialState.PRUNED, TrialState.COMPLETE}
    assert study.best_trials


@pytest.mark.parametrize(
    "asked", [{"extension": Extension(1, 40)}, {"confirmation": Confirmation(1, 2)}]
)
def test_what_trains_the_best_asks_by_which_metric(sweep: Sweep, asked: dict[str, Any]) -> None:
    sweep(two_metrics(), n_trials=1)
    message = (
        "The study has 2 metrics, so it is not clear which trials are the best: name a metric, as "
        "in --prefer score, or weigh them, as in --prefer score=2,cost=1."
    )
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        sweep(two_metrics(), **asked)
    message = "--prefer names 'csot', but the metrics of the study are score, cost: did you mean"
    with pytest.raises(UsageError, match=f"^{re.escape(message)}"):
        sweep(two_metrics(), prefer="csot", **asked)


def test_a_sampler_for_one_metric_is_refused(sweep: Sweep) -> None:
    message = (
        "CMA-ES optimizes one metric, but this study has 2: use the sampler tpe, gp or "
        "nsgaii, or name one metric."
    )
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        sweep(two_metrics(), sampler="cmaes")


def test_a_population_of_several_metrics_is_refused(sweep: Sweep) -> None:
    message = (
        "A population needs a single metric to decide which members are copied, but the study has "
        "2 metrics: use rungs, which take several."
    )
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        sweep(two_metrics(), scheduler=Population(2, 2))


@pytest.mark.parametrize(
    ("prefer", "x"), [("score", 0.5), ("cost", 0.1), ("score=1,cost=1", 0.3), ("score,cost=9", 0.1)]
)
def test_the_best_by_what_is_preferred_is_extended_and_confirmed(
    sweep: Sweep, prefer: str, x: float
) -> None:
    sweep(two_metrics(), n_trials=4, enqueue=at(0.1, 0.3, 0.5, 0.7))
    sweep(two_metrics(), extension=Extension(1, 40), prefer=prefer)
    study = sweep(two_metrics(), confirmation=Confirmation(1, 2), prefer=prefer)
    further = study.trials[4:]
    assert [trial.params["x"] for trial in further] == [x] * 3
    assert [trial.user_attrs["metrics_global_step"] for trial in further] == [40] * 3


def test_a_front_is_ranked_and_its_means_compared_by_what_is_preferred(
    sweep: Sweep, results: Path
) -> None:
    sweep(two_metrics(), n_trials=4, enqueue=at(0.7, 0.5, 0.3, 0.1))
    sweep(two_metrics(), confirmation=Confirmation(2, 2), prefer="cost")
    study = load_study("study", results=results, prefer="cost")
    assert study.ranked is not None
    assert list(study.ranked.numbers) == [3, 2, 1, 0]
    verdict = study.verdict
    assert (verdict.metric, verdict.direction) == ("cost", "minimize")
    assert [one.trial for one in verdict.configurations] == [3, 2]
    assert [one.mean for one in verdict.configurations] == [0.1, 0.3]
    assert verdict.configurations[0].metrics == {"score": 0.84, "cost": 0.1}
    weighted = load_study("study", results=results, prefer="score=1,cost=1").verdict
    assert (weighted.metric, weighted.direction) == ("score=1,cost=1", "maximize")
    assert weighted.configurations[0].mean == pytest.approx(0.5 * 0.75 + 0.5 * 0.5)
    assert [one.trial for one in weighted.configurations] == [2, 3]
    with pytest.raises(UsageError, match="has several metrics, so its best trials have no order"):
        _ = load_study("study", results=results).verdict


def test_a_front_of_several_is_no_model_before_one_is_chosen(sweep: Sweep, results: Path) -> None:
    sweep(two_metrics(), n_trials=2, enqueue=at(0.5, 0.3))
    with pytest.raises(UsageError, match="has several best trials, 0, 1: name one of them, or"):
        _read_trial(storage_url(results), "study", None)


@pytest.mark.parametrize("text", ["", "score=", "score=0", "score=-1", "score=x", "=1", "a,,b"])
def test_what_is_no_preference_is_refused(text: str) -> None:
    message = (
        "A preference is a metric, or several metrics with weights above 0, as in "
        f"accuracy=2,loss=1, but got {text!r}."
    )
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        Preference.parse(text)
