"""The commands as programs: what they import, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import optuna
import pytest
from click.testing import CliRunner

from sweep import cli
from sweep.cli import main
from tests.running import ROOT

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


def test_each_command_has_a_module_that_is_called_as_it_is() -> None:
    modules = {file.stem for file in Path(cli.__file__).parent.glob("*.py")}
    assert modules - {"__init__"} == set(main.commands)


@pytest.mark.parametrize(
    "command",
    [
        *("list", "show", "show --where layers>1 --json", "show --output {folder}/trials.csv"),
        *("best", "compare --trials 0,1", "lineage"),
    ],
)
def test_reading_imports_no_tensorflow_no_optuna_and_no_pandas(
    tmp_path: Path, digits: optuna.Study, command: str
) -> None:
    arguments = command.format(folder=tmp_path).split()
    ended = python_m_sweep(*arguments, "--results", str(tmp_path), options=["-X", "importtime"])
    assert ended.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "sqlalchemy" in imported
    slow = ("tensorflow", "optuna", "pandas", "numpy")
    assert not {name for name in imported if name.partition(".")[0] in slow}


def test_help_imports_next_to_nothing() -> None:
    ended = python_m_sweep("--help", options=["-X", "importtime"])
    assert ended.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "click" in imported
    heavy = ("tensorflow", "optuna", "pandas", "sqlalchemy", "numpy", "rich")
    assert not {name for name in imported if name.partition(".")[0] in heavy}


def test_an_error_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    ended = python_m_sweep("show", "--results", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"sweep: There is no database {tmp_path}/studies.db. `sweep run` creates it; use "
        "--results or --storage if it is elsewhere.\n"
    )


def test_an_option_of_another_command_is_refused_with_the_commands_that_have_it() -> None:
    refused = CliRunner().invoke(main, ["best", "--where", "value > 0.9"], prog_name="sweep")
    assert (refused.exit_code, refused.output) == (
        2,
        "Usage: sweep best [OPTIONS] [STUDY]\n"
        "Try 'sweep best --help' for help.\n\n"
        "Error: No such option '--where'. It belongs to `sweep show`.\n",
    )


def test_a_command_interrupted_while_it_is_imported_says_so_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text(
        "import time; print('importing', flush=True); time.sleep(60)"
    )
    starting = subprocess.Popen(
        [sys.executable, "-m", "sweep", "list"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert starting.stdout is not None
    assert starting.stdout.readline() == "importing\n"
    starting.send_signal(signal.SIGINT)
    assert starting.communicate()[1] == "sweep: Interrupted before anything was started.\n"
    assert starting.returncode == 130


def test_an_error_with_an_escape_code_is_one_line(tmp_path: Path) -> None:
    ended = python_m_sweep("show", "a\nb\x1b[2J", "--results", str(tmp_path))
    assert ended.stderr.count("\n") == 1
    assert "\x1b" not in ended.stderr


def python_m_sweep(
    *arguments: str, options: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-m", "sweep", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
