"""The study that a command reads: named, or the only one."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest

from tests.cli.commands import Command, printed

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


@pytest.mark.parametrize("command", ["show", "best"])
def test_the_only_study_need_not_be_named(
    run_command: Command, digits: optuna.Study, command: str
) -> None:
    assert printed(run_command(command)) == printed(run_command(command, "digits"))


@pytest.mark.parametrize("command", ["show", "best"])
def test_one_of_several_studies_must_be_named(
    run_command: Command, digits: optuna.Study, front: optuna.Study, command: str
) -> None:
    result = run_command(command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "sweep: Name a study; the database holds digits, front.\n"


def test_an_unknown_study_is_one_line(
    run_command: Command, digits: optuna.Study, tmp_path: Path
) -> None:
    result = run_command("show", "letters")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"sweep: There is no study 'letters' in {tmp_path}/studies.db. It has digits.\n"
    )


@pytest.mark.parametrize("command", ["list", "show", "best"])
def test_a_missing_database_is_one_line_and_stays_missing(
    run_command: Command, tmp_path: Path, command: str
) -> None:
    result = run_command(command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"sweep: There is no database {tmp_path}/studies.db. `sweep run` creates it; use "
        "--results or --storage if it is elsewhere.\n"
    )
    assert list(tmp_path.iterdir()) == []
