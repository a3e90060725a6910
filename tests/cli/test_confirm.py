"""How the result of a confirmation is shown."""

from __future__ import annotations

import json
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from tests.cli.commands import Command, add, create, on_a_terminal, printed

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


@pytest.fixture
def confirmed(tmp_path: Path) -> optuna.Study:
    """A study whose trial 1 was the luckier, and trial 0 is the better; one seed of 1 failed."""
    study = create(tmp_path, "study")
    params = [(0.01, 2, "relu"), (0.1, 4, "tanh")]
    add(study, [0.96], params[0])
    add(study, [0.98], params[1])
    for nth, values in enumerate([(0.96, 0.94), (0.97, 0.95), (0.98, 0.96)], 1):
        for number, value in enumerate(values):
            add(study, [value], params[number], confirms=number, nth_seed=nth)
    add(study, None, params[1], TrialState.FAIL, confirms=1, nth_seed=4)
    return study


@pytest.mark.usefixtures("confirmed")
def test_the_best_by_mean_is_told_with_its_spread_and_how_sure_that_is(
    run_command: Command,
) -> None:
    assert printed(run_command("best", "--by", "mean")) == (
        "trial  mean   std  95% interval        seeds  failed  in the sweep  too good by  rate  "
        "layers  kind\n"
        "    0  0.97  0.01  0.94516 to 0.99484      3       0          0.96        -0.01  0.01  "
        "     2  relu\n"
        "    1  0.95  0.01  0.92516 to 0.97484      3       1          0.98         0.03   0.1  "
        "     4  tanh\n"
        "\n"
        "Trial 0 has the best mean: score 0.97 over 3 seeds.\n"
        "Its value in the sweep, 0.96, was worse than its mean by 0.01.\n"
    )


@pytest.mark.usefixtures("confirmed")
def test_a_narrow_terminal_shows_the_columns_that_fit(tmp_path: Path) -> None:
    assert on_a_terminal(50, "best", "--by", "mean", "--results", str(tmp_path)) == [
        "trial  mean   std  95% interval        seeds",
        "    0  0.97  0.01  0.94516 to 0.99484      3",
        "    1  0.95  0.01  0.92516 to 0.97484      3",
        "",
        "Not shown, because the terminal is too narrow:",
        "failed, in the sweep, too good by, rate, layers,",
        "kind",
        "",
        "Trial 0 has the best mean: score 0.97 over 3",
        "seeds.",
        "Its value in the sweep, 0.96, was worse than its",
        "mean by 0.01.",
    ]


@pytest.mark.usefixtures("confirmed")
def test_confirming_trials_are_none_of_the_best_by_value(run_command: Command) -> None:
    assert printed(run_command("best")).startswith("Trial 1, score 0.98\n  mean    0.95\n")
    assert "best 0.98" in printed(run_command("show"))


@pytest.mark.usefixtures("confirmed")
def test_the_same_as_json_is_for_programs(run_command: Command) -> None:
    told = json.loads(printed(run_command("best", "--by", "mean", "--json")))
    assert told["is_confirmed"] is True
    assert told["chance"] is None  # one has failed with a seed
    assert [one["trial"] for one in told["configurations"]] == [0, 1]
    assert told["configurations"][1]["trials"] == [3, 5, 7]


def test_a_study_with_one_seed_each_has_no_mean(run_command: Command, digits: optuna.Study) -> None:
    ended = run_command("best", "--by", "mean")
    assert ended.exit_code == 2
    assert ended.output == (
        "sweep: No configuration of study 'digits' was trained with several seeds, so none has a "
        "mean: train the best again with `sweep confirm digits`.\n"
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--training", "best"), "--training needs --by mean: add it, or leave --training "),
        (("--trial", "0", "--by", "mean"), "--by chooses a trial, but --trial names one: leave "),
    ],
)
def test_options_that_do_not_go_together_are_told(
    run_command: Command, tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    ended = run_command("export", "digits_mlp", str(tmp_path / "model"), *options)
    assert ended.exit_code == 2
    assert sentence in ended.output
