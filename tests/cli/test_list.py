"""`sweep list`: a line for each study."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest

from tests.cli.commands import Command, create, on_a_terminal, printed, records

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

LISTING = """\
study   objective                         best  complete  pruned  failed  open  last change
digits  maximize score                 0.96437         2       1       1     0  2026-03-01 12:00
front   maximize score, minimize size                  3       0       0     0  2026-03-01 12:00
empty   minimize loss                                  0       0       0     1
"""


def test_list_has_a_line_for_each_study(
    run_command: Command, tmp_path: Path, digits: optuna.Study, front: optuna.Study
) -> None:
    create(tmp_path, "empty", ["loss"], "minimize").enqueue_trial({})
    assert printed(run_command("list")) == LISTING


def test_a_narrow_terminal_leaves_out_the_last_columns(
    tmp_path: Path, digits: optuna.Study
) -> None:
    assert on_a_terminal(50, "list", "--results", str(tmp_path)) == [
        "study   objective          best  complete  pruned",
        "digits  maximize score  0.96437         2       1",
        "",
        "Not shown, because the terminal is too narrow:",
        "failed, open, last change",
    ]


def test_list_as_json_is_for_programs(run_command: Command, digits: optuna.Study) -> None:
    assert records(run_command("list", "--json")) == [
        {
            "name": "digits",
            "metrics": ["score"],
            "directions": ["maximize"],
            "states": {"COMPLETE": 2, "FAIL": 1, "PRUNED": 1},
            "best_value": 0.96437,
            "last_change": "2026-03-01 12:00:04+00:00",
        }
    ]
