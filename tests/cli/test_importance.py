"""`sweep importance`: a line for each param."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import Command, add, create, printed, records

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


def test_importance_has_a_line_for_each_param(run_command: Command, tmp_path: Path) -> None:
    study = create(tmp_path, "study")
    for number in range(8):
        add(study, [float(number)], (0.01, 1 + number // 2, "relu"))
    header, first, *_ = printed(run_command("importance", "--evaluator", "fanova")).splitlines()
    assert header.split() == ["metric", "param", "importance"]
    assert first.split()[:2] == ["score", "layers"]
    (most, *_) = records(run_command("importance", "study", "--evaluator", "fanova", "--json"))
    assert (most["metric"], most["param"]) == ("score", "layers")
