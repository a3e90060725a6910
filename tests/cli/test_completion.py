"""What a shell completes, asked of the program as a shell asks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import ShellComplete

from sweep.cli import main
from tests.running import ROOT, run_sweep
from tests.standin import study_of

Sweep = Callable[..., Any]


def completed(*words: str | Path) -> list[str]:
    """What the last of the words may become."""
    *before, incomplete = map(str, words)
    items = ShellComplete(main, {}, "sweep", "_SWEEP_COMPLETE").get_completions(before, incomplete)
    return [item.value for item in items]


def test_studies_are_completed_from_the_database_and_the_folders(
    sweep: Sweep, results: Path
) -> None:
    sweep(study_of(), n_trials=1, name="in_both")
    (results / "in_a_folder/trial-0000").mkdir(parents=True)
    (results / "no_study").mkdir()
    assert completed("show", "--results", results, "") == ["in_a_folder", "in_both"]
    assert completed("show", "--results", results, "in_b") == ["in_both"]


def test_commands_that_sweep_complete_study_files_too(
    sweep: Sweep, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(study_of(), n_trials=1, name="mine")
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies/mnist.py").touch()
    monkeypatch.chdir(tmp_path)
    assert completed("run", "m") == ["mine", "mnist"]
    assert completed("show", "m") == ["mine"]
    assert completed("run", "other") == ["other"]  # which the shell takes for the start of a path


def test_columns_and_metrics_are_completed(sweep: Sweep, results: Path) -> None:
    sweep(study_of(), n_trials=1, name="mine")
    assert completed("show", "--results", results, "--where", "val") == ["value"]
    sweep(study_of(), n_trials=1, name="another")
    assert completed("show", "mine", "--results", results, "--sort", "ra") == ["rate"]
    assert completed("best", "mine", "--results", results, "--prefer", "") == ["score"]
    assert completed("confirm", "mine", "--results", results, "--prefer", "") == ["score"]


def test_nothing_is_completed_and_nothing_said_without_a_database(tmp_path: Path) -> None:
    assert completed("show", "--results", tmp_path, "") == []
    assert completed("show", "mine", "--results", tmp_path, "--sort", "") == []
    assert completed("best", "mine", "--results", tmp_path, "--prefer", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(shell: str) -> None:
    printed = run_sweep("completion", shell)
    assert printed.returncode == 0
    assert f"_SWEEP_COMPLETE={shell}_complete" in printed.stdout


def test_a_real_bash_completes_and_imports_neither_tensorflow_nor_optuna(
    sweep: Sweep, results: Path, tmp_path: Path
) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    sweep(study_of(), n_trials=1, name="mine")
    program = tmp_path / "sweep"
    text = "from sweep.cli import main; main(prog_name='sweep')"
    program.write_text(
        f'#!/bin/sh\nexec {sys.executable} -X importtime -c "{text}" "$@" 2>>{tmp_path}/imported\n'
    )
    program.chmod(0o755)
    script = """
        eval "$(sweep completion bash)"
        COMP_WORDS=(sweep show --results "$1" m) COMP_CWORD=4
        _sweep_completion sweep m --results
        echo "${COMPREPLY[@]}"
    """
    path = f"{tmp_path}:{os.environ['PATH']}"
    asked = subprocess.run(
        [bash, "-c", script, "bash", results],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
    )
    assert asked.stdout == "mine\n"
    imported = (tmp_path / "imported").read_text()
    assert "sqlalchemy" in imported
    assert "tensorflow" not in imported
    assert "optuna" not in imported.replace("sweep.cli.dashboard", "")


def test_every_command_that_takes_a_study_completes_it(sweep: Sweep, results: Path) -> None:
    sweep(study_of(), n_trials=1, name="mine")
    names = [
        name
        for name, command in main.commands.items()
        if any(param.name in ("study", "studies") for param in command.params)
    ]
    assert len(names) > 15
    completed_by = {name: completed(name, "--results", results, "m") for name in names}
    assert [name for name in names if "mine" not in completed_by[name]] == []


@pytest.mark.parametrize(
    ("shell", "script", "printed"),
    [
        ("zsh", 'source <(sweep completion zsh); echo "$_comps[sweep]"', "_sweep_completion"),
        ("fish", 'sweep completion fish | source; complete -C "sweep compa"', "compare"),
    ],
)
def test_a_shell_without_any_set_up_takes_the_script(
    shell: str, script: str, printed: str, tmp_path: Path
) -> None:
    installed = shutil.which(shell)
    if installed is None:
        pytest.skip(f"there is no {shell}")
    program = tmp_path / "sweep"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m sweep "$@"\n')
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    asked = subprocess.run(
        [installed, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "HOME": str(tmp_path), "PATH": path, "PYTHONPATH": str(ROOT)},
    )
    assert asked.stdout.split("\t")[0].strip() == printed
    assert asked.stderr == ""
