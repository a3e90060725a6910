"""A results folder that was moved: each command prints there what it printed in the old place."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from sweep.cli import main
from sweep.schedule.rungs import Rungs
from tests import standin
from tests.standin import study_of

COMMANDS = [
    "list",
    "show study",
    "show study --json",
    "show heir --json",
    "show failing",
    "best study",
    "best study --top 3 --json",
    "best heir --json",
    "compare study heir",
    "compare study --trials 0,1",
    "compare study --trials 0,1 --json",
    "lineage study",
    "lineage study --json",
    "importance heir",
    "clean study --keep 1",
    "report study -o {results}/report.html",
]


@dataclass(frozen=True)
class Moved:
    """A results folder, and what commands have said of it in its old place."""

    old: Path
    new: Path
    said: dict[str, str]


def said(command: str, results: Path) -> str:
    """What a command that succeeds says, and the page that it writes."""
    arguments = [*command.format(results=results).split(), "--results", str(results)]
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 0, ended.output
    page = (results / "report.html").read_text() if command.startswith("report") else ""
    return ended.output + re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "(now)", page)


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Moved:
    """Two studies of which one has taken trials of the other along, and one that has failed."""
    old = tmp_path_factory.mktemp("moved") / "old"
    new = old.with_name("new")
    standin.sweep(study_of(), old, n_jobs=1, n_trials=6, seed=1, scheduler=Rungs(2, 3))
    standin.sweep(study_of(), old, n_jobs=1, n_trials=8, name="heir", begin_with="study")
    standin.sweep(study_of("fail metric: none"), old, n_jobs=1, n_trials=1, name="failing")
    before = {command: said(command, old) for command in COMMANDS}
    subprocess.run(["mv", old, new], check=True)
    return Moved(old, new, before)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_the_same_of_a_results_folder_that_was_moved(
    moved: Moved, command: str
) -> None:
    after = said(command, moved.new)
    assert str(moved.old) not in after
    assert after == moved.said[command].replace(str(moved.old), str(moved.new))


def test_the_old_place_is_what_would_be_named(moved: Moved) -> None:
    assert str(moved.old).encode() in (moved.new / "studies.db").read_bytes()
    assert str(moved.old) in moved.said["show study --json"]


def test_a_sweep_goes_on_in_a_results_folder_that_was_moved(moved: Moved) -> None:
    study = standin.sweep(study_of(), moved.new, n_jobs=1, n_trials=8, scheduler=Rungs(2, 3))
    new = study.trials[-1]
    assert new.user_attrs["model_dir"] == str(moved.new / f"study/trial-{new.number:04d}/model")
    assert (moved.new / f"study/trial-{new.number:04d}/result.json").exists()
    assert not moved.old.exists()
