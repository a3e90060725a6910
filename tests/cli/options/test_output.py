"""JSON says the same as the screen, for programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import Command, add, create, records

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


@pytest.mark.parametrize("command", ["show", "best"])
def test_json_keeps_every_digit(run_command: Command, tmp_path: Path, command: str) -> None:
    study = create(tmp_path, "study")
    add(study, [0.9649951831732356], (1.23456789e-8, 2, "relu"))
    (trial,) = records(run_command(command, "--json"))
    assert (trial["value"], trial["params_rate"]) == (0.9649951831732356, 1.23456789e-8)
