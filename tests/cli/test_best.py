"""`sweep best`: the best trial, the Pareto front, and what sets them apart."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from tests.cli.commands import Command, add, create, printed, records

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


def test_best_is_a_portrait_of_the_best_trial(run_command: Command, digits: optuna.Study) -> None:
    assert printed(run_command("best", "digits")) == (
        "Trial 1, score 0.96437\n"
        "  rate       1.5e-07\n"
        "  layers     4\n"
        "  kind       tanh\n"
        "  seed       12\n"
        "  model_dir  /models/1\n"
        "\n"
    )


def test_best_tells_metrics_and_times_too(run_command: Command, tmp_path: Path) -> None:
    add(create(tmp_path, "study"), [0.5], metrics_loss=2.0, train_seconds=1.25, host="here")
    assert printed(run_command("best")) == (
        "Trial 0, score 0.5\n"
        "  rate           0.01\n"
        "  layers         2\n"
        "  kind           relu\n"
        "  metrics_loss   2\n"
        "  train_seconds  1.25\n"
        "\n"
    )


def test_best_as_json_is_the_best_trials_row(run_command: Command, digits: optuna.Study) -> None:
    all_trials = records(run_command("show", "digits", "--json"))
    assert records(run_command("best", "digits", "--json")) == [all_trials[1]]


def test_best_of_several_metrics_is_the_pareto_front(
    run_command: Command, front: optuna.Study
) -> None:
    lines = printed(run_command("best", "front")).splitlines()
    titles = [line for line in lines if line.startswith("Trial")]
    assert titles == ["Trial 0, score 0.5, size 10", "Trial 1, score 0.75, size 20"]
    assert [trial["number"] for trial in records(run_command("best", "front", "--json"))] == [0, 1]


def test_best_of_a_study_without_complete_trials_says_so(
    run_command: Command, tmp_path: Path
) -> None:
    add(create(tmp_path, "study"), None, state=TrialState.FAIL)
    assert printed(run_command("best")) == "No trial of study is complete yet.\n"
    assert records(run_command("best", "--json")) == []


def test_best_has_a_trial_without_params(run_command: Command, tmp_path: Path) -> None:
    study = create(tmp_path, "study")
    study.tell(study.ask(), 0.5)
    assert printed(run_command("best")) == "Trial 0, score 0.5\n\n"


def test_best_has_a_trial_with_a_user_attr_called_value_something(
    run_command: Command, tmp_path: Path
) -> None:
    add(create(tmp_path, "study"), [0.5], value_at_begin=0.25)
    assert printed(run_command("best")).startswith("Trial 0, score 0.5\n")


def test_best_shows_what_separates_the_winner_from_the_runners_up(
    run_command: Command, digits: optuna.Study
) -> None:
    portrait = printed(run_command("best"))
    assert printed(run_command("best", "--top", "1")) == portrait
    assert printed(run_command("best", "--top", "3")) == portrait + (
        "               trial 1  trial 0\n"
        "score          0.96437      0.5\n"
        "seconds              2        1\n"
        "rate           1.5e-07     0.01\n"
        "layers               4        2\n"
        "kind              tanh     relu\n"
        "train_seconds              1.25\n"
        "\n"
        "The same in all trials: state=COMPLETE\n"
    )
    trials = records(run_command("best", "--top", "3", "--json"))
    assert [trial["number"] for trial in trials] == [1, 0]
