"""`sweep compare`: studies side by side, and trials."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest

from tests.cli.commands import Command, add, create, on_a_terminal, printed, records

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

COMPARISON = """\
                      digits        letters                          front
objective     maximize score  minimize loss  maximize score, minimize size
trials                     4              1                              3
complete                   2              1                              3
pruned                     1              0                              0
failed                     1              0                              0
best                 0.96437            2.5
median               0.73218            2.5
best trial                 1              0                           0, 1
time to best           2.0 s          1.0 s
  rate               1.5e-07           0.01
  layers                   4              2
  kind                  tanh           relu
"""


def test_compare_has_a_column_for_each_study(
    run_command: Command, tmp_path: Path, digits: optuna.Study, front: optuna.Study
) -> None:
    add(create(tmp_path, "letters", ["loss"], "minimize"), [2.5])
    assert printed(run_command("compare", "digits", "letters", "front")) == COMPARISON


def test_compare_as_json_is_for_programs(
    run_command: Command, tmp_path: Path, digits: optuna.Study
) -> None:
    create(tmp_path, "empty", ["loss"], "minimize")
    assert records(run_command("compare", "digits", "empty", "--json")) == [
        {
            "name": "digits",
            "metrics": ["score"],
            "directions": ["maximize"],
            "constraints": [],
            "trials": 4,
            "states": {"COMPLETE": 2, "FAIL": 1, "PRUNED": 1},
            "best": 0.96437,
            "median": (0.5 + 0.96437) / 2,
            "best_trials": [1],
            "seconds_to_best": 2.0,
            "params": {"rate": 1.5e-07, "layers": 4, "kind": "tanh"},
        },
        {
            "name": "empty",
            "metrics": ["loss"],
            "directions": ["minimize"],
            "constraints": [],
            "trials": 0,
            "states": {},
            "best": None,
            "median": None,
            "best_trials": [],
            "seconds_to_best": None,
            "params": {},
        },
    ]


def test_compare_has_a_column_for_each_trial(run_command: Command, digits: optuna.Study) -> None:
    assert printed(run_command("compare", "digits", "--trials", "3,0")) == (
        "               trial 3   trial 0\n"
        "score             0.25       0.5\n"
        "state           PRUNED  COMPLETE\n"
        "seconds              4         1\n"
        "rate               0.2      0.01\n"
        "layers               3         2\n"
        "train_seconds               1.25\n"
        "\n"
        "The same in all trials: kind=relu\n"
    )
    compared = records(run_command("compare", "--trials", "3,0", "--json"))
    assert [trial["number"] for trial in compared] == [3, 0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["digits"],
            "Name two or more studies to compare, or one study and some --trials.",
        ),
        (
            ["digits", "--trials", "3,7,9"],
            "Study 'digits' has no trial 7, 9: its trials are 0 to 3.",
        ),
        (
            ["digits", "other", "--trials", "3"],
            "--trials compares trials of one study, but several are named (digits, other): name "
            "one.",
        ),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    run_command: Command, digits: optuna.Study, arguments: list[str], sentence: str
) -> None:
    result = run_command("compare", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"sweep: {sentence}\n"


def test_compare_fits_a_narrow_terminal(
    tmp_path: Path, digits: optuna.Study, front: optuna.Study
) -> None:
    add(create(tmp_path, "letters", ["loss"], "minimize"), [2.5])
    studies = ["digits", "letters", "front"]
    assert on_a_terminal(50, "compare", *studies, "--results", str(tmp_path)) == [
        "                      digits        letters",
        "objective     maximize score  minimize loss",
        "trials                     4              1",
        "complete                   2              1",
        "pruned                     1              0",
        "failed                     1              0",
        "best                 0.96437            2.5",
        "median               0.73218            2.5",
        "best trial                 1              0",
        "time to best           2.0 s          1.0 s",
        "  rate               1.5e-07           0.01",
        "  layers                   4              2",
        "  kind                  tanh           relu",
        "",
        "Not shown, because the terminal is too narrow:",
        "front",
    ]
