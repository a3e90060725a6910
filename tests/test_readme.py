"""What the README says to type works."""

import re
from pathlib import Path

import click
import pytest

import sweep
from sweep.cli import main
from tests.running import ROOT, run_sweep

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.slow
@pytest.mark.tensorflow
def test_the_study_of_the_readme_sweeps(tmp_path: Path) -> None:
    (code,) = [text for kind, text in BLOCKS if kind == "python" and "def build" in text]
    study = tmp_path / "my_study.py"
    study.write_text(code)
    ended = run_sweep("run", study, "--trials", "2", "--results", tmp_path / "results")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    trials = sweep.load_trials("my_study", results=tmp_path / "results")
    assert list(trials["state"]) == ["COMPLETE", "COMPLETE"]


def test_every_command_and_option_in_the_readme_exists() -> None:
    commands = main.commands
    for name in re.findall(r"^\$ sweep (\w+)", README, flags=re.MULTILINE):
        assert name in commands
    options = {option for command in commands.values() for option in _options(command)}
    assert set(re.findall(r"`(--[a-z0-9-]+)", README)) <= options


def test_the_set_up_of_the_readme_installs_extras_that_exist() -> None:
    lines = [line for _, text in BLOCKS for line in text.splitlines()]
    assert len([line for line in lines if line.startswith("python3 -m venv")]) == 2
    pyproject = (ROOT / "pyproject.toml").read_text()
    named = re.findall(r"pip install (?:-q )?-e '\.\[([\w,]+)\]'", README)
    assert len(named) >= 2
    for extra in ",".join(named).split(","):
        assert re.search(rf"^{extra} = \[", pyproject, flags=re.MULTILINE)


def _options(command: click.Command) -> list[str]:
    return [text for param in command.params for text in param.opts]
