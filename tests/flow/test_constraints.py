"""Trials that must keep constraints on their metrics."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState

from sweep import events
from sweep.cli.screen.conclusion import conclude
from sweep.errors import UsageError
from sweep.flow.constrained import ignored_constraints
from sweep.flow.options import Options
from sweep.flow.rebuild import rebuild
from sweep.folder.layout import StudyFolder
from sweep.results.data import load_study
from sweep.results.ranking import best_first
from sweep.results.score import Score
from sweep.results.score_lines import describe, summary
from sweep.schedule.confirmation import Confirmation
from sweep.schedule.rungs import Rungs
from sweep.storage.study import AskedStudy
from sweep.storage.url import storage_url
from tests.standin import study_of

Sweep = Callable[..., AskedStudy]
LOW_COST = {"cost": "<= 0.3"}  # the cost is x, and the best score is at x=0.5


def listed(study: optuna.Study) -> list[tuple[TrialState, list[float]]]:
    return [(trial.state, list(trial.constraints.values())) for trial in study.trials]


@pytest.fixture
def heard(sweep: Sweep) -> list[events.Event]:
    """What a sweep says whose trials have x=0.5, which costs too much, and then x=0.2."""
    said: list[events.Event] = []
    enqueue = [{"x": 0.5}, {"x": 0.2}]
    sweep(n_trials=2, constraints=["cost<=0.3"], enqueue=enqueue, listener=said.append)
    return said


def test_optunas_best_trial_keeps_the_constraints(sweep: Sweep) -> None:
    study = sweep(study_of(constraints=LOW_COST), n_trials=12)
    kept = [t for t in study.trials if t.params["x"] <= 0.3]
    assert 0 < len(kept) < 12
    assert study.best_trial.number == max(kept, key=lambda t: t.value or 0).number
    assert study.best_trials == [study.best_trial]
    for trial in study.trials:  # the list is what optuna-dashboard reads
        assert trial.system_attrs["constraints"] == [trial.params["x"] - 0.3]


def test_a_study_goes_on_with_its_constraints(sweep: Sweep) -> None:
    sweep(n_trials=2, constraints=LOW_COST)
    said: list[events.Event] = []
    study = sweep(n_trials=3, listener=said.append)
    assert [len(trial.constraints) for trial in study.trials] == [1, 1, 1]
    assert not [event for event in said if isinstance(event, events.Notice)]
    other = study_of(constraints={"cost": ["<= 0.4", ">= 0.1"]})
    sweep(other, n_trials=4, listener=said.append)
    assert [event.text for event in said if isinstance(event, events.Notice)] == [
        "Study 'study' continues with the constraint cost <= 0.3, as it was started. The study "
        "file now says the constraints cost <= 0.4 and cost >= 0.1, which only a new study would "
        "use."
    ]


def test_other_constraints_than_those_of_its_trials_are_refused(sweep: Sweep) -> None:
    sweep(n_trials=1)
    message = (
        "Study 'study' was started with no constraint, not with the constraint cost <= 0.3: leave "
        "--constraint out to continue it, or start another study with --name, to which --from "
        "study copies the trials that fit."
    )
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        sweep(n_trials=2, constraints=LOW_COST)
    other = sweep(name="other", n_trials=1, constraints=LOW_COST, begin_with="study")
    assert other.trials[0].constraints == {"0": other.trials[0].params["x"] - 0.3}


def test_a_trial_without_a_number_for_a_constraint_fails(sweep: Sweep) -> None:
    (trial,) = sweep(n_trials=1, constraints=["latency <= 20"]).trials
    assert trial.user_attrs["failure"] == (
        "metric: the constraint latency <= 20 needs a finite number, but the metric is missing"
    )


@pytest.mark.parametrize(
    ("sampler", "notice"),
    [
        (
            "cmaes",
            "The sampler cmaes ignores constraints, and can propose params that break them again. "
            "tpe, gp and nsgaii learn from constraints.",
        ),
        ("tpe", None),
        (None, None),
        ("random", None),
    ],
)
def test_a_sampler_that_learns_but_not_of_constraints_is_told_of(
    sampler: str | None, notice: str | None
) -> None:
    assert ignored_constraints(Options(sampler=sampler), study_of(constraints=LOW_COST)) == notice


def test_what_breaks_constraints_is_promoted_after_all_else(sweep: Sweep) -> None:
    trials = sweep(n_trials=9, scheduler=Rungs(2, 3), constraints=LOW_COST).trials
    first = [trial for trial in trials if trial.user_attrs["rung"] == 0]
    assert all(trial.state is TrialState.PRUNED for trial in first)
    kept = sorted((t for t in first if t.params["x"] <= 0.3), key=lambda t: -t.params["x"])
    assert len(kept) >= 2
    promoted = {t.user_attrs["continues"] for t in trials if t.user_attrs["rung"] == 1}
    assert {t.number for t in kept[:2]} <= promoted
    assert min(t.constraints["0"] for t in trials if t.user_attrs["rung"] == 1) <= 0


def test_only_what_keeps_constraints_is_confirmed(sweep: Sweep) -> None:
    before = sweep(n_trials=12, constraints=LOW_COST)
    trials = sweep(confirmation=Confirmation(1, 2)).trials[12:]
    assert [trial.user_attrs["confirms"] for trial in trials] == [before.best_trial.number] * 2


def test_there_is_nothing_to_confirm_where_all_break_a_constraint(sweep: Sweep) -> None:
    sweep(n_trials=1, constraints=["cost <= -1"])
    message = (
        "Study 'study' has no complete trial that keeps its constraints to confirm: sweep it first."
    )
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        sweep(confirmation=Confirmation(1, 2))


def test_a_target_is_not_reached_by_what_breaks_a_constraint(sweep: Sweep) -> None:
    enqueue = [{"x": 0.5}, {"x": 0.2}, {"x": 0.1}]
    trials = sweep(n_trials=3, constraints=LOW_COST, target=0.9, enqueue=enqueue).trials
    assert [trial.state.name for trial in trials] == ["COMPLETE", "COMPLETE", "WAITING"]


def test_the_best_trials_keep_their_checkpoints_where_they_keep_constraints(
    sweep: Sweep, results: Path
) -> None:
    enqueue = [{"x": 0.5}, {"x": 0.2}, {"x": 0.4}]
    sweep(n_trials=3, constraints=LOW_COST, keep=1, enqueue=enqueue)
    kept = [(results / f"study/trial-000{n}/model/checkpoint").exists() for n in range(3)]
    assert kept == [False, True, False]


def test_a_study_made_again_from_its_folders_has_its_constraints(
    sweep: Sweep, results: Path
) -> None:
    study = sweep(n_trials=4, scheduler=Rungs(2, 2), constraints=LOW_COST)
    before = listed(study)
    (results / "studies.db").unlink()
    again = rebuild(StudyFolder(results, "study"), storage_url(results), print)
    assert listed(again) == before


def lines_of(heard: list[events.Event]) -> list[str]:
    start = heard[0]
    assert isinstance(start, events.SweepStarted)
    score, lines = Score(start), []
    for event in heard[1:]:
        score.update(event)
        if isinstance(event, events.TrialEnded):
            lines.append(re.sub(r"  [\d.]+ s  .*", "", describe(event.trial, score)))
    return [*lines, summary(score)]


def test_the_screen_says_what_is_broken_and_what_is_the_best(heard: list[events.Event]) -> None:
    assert lines_of(heard) == [
        "trial 0  score 1, breaks cost <= 0.3 by 0.2",
        "trial 1  score 0.91  best",
        "2 of 2 trials · best score 0.91 (trial 1)",
    ]


def test_a_sweep_without_a_trial_that_keeps_constraints_says_which_is_nearest(
    sweep: Sweep, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[events.Event] = []
    enqueue = [{"x": 0.5}, {"x": 0.4}]
    sweep(n_trials=2, constraints=LOW_COST, enqueue=enqueue)
    sweep(n_trials=2, listener=heard.append)
    (start,) = heard
    assert isinstance(start, events.SweepStarted)
    score = Score(start)
    conclude(score, Options())
    assert not score.best
    assert capsys.readouterr().out.splitlines()[-1] == (
        "No complete trial keeps the constraints. The closest is trial 1, score 0.99, breaks cost "
        "<= 0.3 by 0.1."
    )


def test_tables_rank_what_breaks_constraints_last(heard: list[events.Event], results: Path) -> None:
    study = load_study("study", results=results)
    assert study.summary.best_value == 0.91
    assert list(study.best.numbers) == [1]
    assert list(best_first(study.summary, study.decoded, 2).numbers) == [1, 0]
    assert list(study.trials["feasible"]) == [False, True]


def test_a_configuration_with_several_seeds_keeps_constraints_by_what_they_come_to(
    sweep: Sweep, results: Path
) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        return {"x": trial.suggest_float("x", 0, 1), "act": "train", "noise": 0.01}

    spec = study_of(search_space=space, constraints={"score": ">= 0.999"})
    study = sweep(spec, repeats=3, n_trials=2, enqueue=[{"x": 0.5}, {"x": 0.49}])
    means = [by_mean(study.trials, number) for number in (0, 1)]
    assert any(t.constraints["0"] > 0 for t in study.trials)
    assert any(t.constraints["0"] < 0 for t in study.trials)
    best = load_study("study", results=results).best
    assert set(best.numbers) <= {n for n, mean in enumerate(means) if mean >= 0.999}
    assert len(best.numbers) == any(mean >= 0.999 for mean in means)


def by_mean(trials: list[FrozenTrial], number: int) -> float:
    own = [t.value or 0 for t in trials if number in (t.number, t.user_attrs.get("repeats"))]
    assert len(own) == 3
    return sum(own) / 3
