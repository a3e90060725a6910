"""Another project has a distribution called `sweep`, and a package of the same name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sweep.errors import UsageError
from sweep.namesake import refuse_namesake
from tests.running import ROOT, SWEEP

SENTENCE = (
    "Another project's distribution, sweep 1.0, is installed beside estimator-sweep, and its "
    "package `sweep` overwrites this one: run `pip uninstall sweep`, then `pip install "
    "--force-reinstall estimator-sweep`."
)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder of an environment that holds the other distribution."""
    metadata = tmp_path / "sweep-1.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: sweep\nVersion: 1.0\n")
    return tmp_path


@pytest.mark.parametrize("command", [["list"], ["run", "--help"]])
def test_it_is_one_sentence_that_names_both(
    installed: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(installed))
    ended = subprocess.run([*SWEEP, *command], cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"sweep: {SENTENCE}\n"


def test_it_is_told_where_its_package_has_taken_the_place_of_this_one(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = installed / "sweep"
    package.mkdir()
    (package / "__init__.py").write_text(f"__path__.append({str(ROOT / 'sweep')!r})\n")
    monkeypatch.setenv("PYTHONPATH", str(installed))
    command = [sys.executable, "-c", "from sweep.cli import main; main()", "list"]
    ended = subprocess.run(command, cwd=installed, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"sweep: {SENTENCE}\n"


@pytest.mark.parametrize(
    "name", ["sweeper-1.0.dist-info", "estimator_sweep-0.2.dist-info", "sweep_x-1.0.dist-info"]
)
def test_other_names_are_none_of_its_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    refuse_namesake()


def test_a_folder_of_the_environment_that_is_missing_is_passed_over(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", ["", str(installed / "missing.zip"), str(installed)])
    with pytest.raises(UsageError) as raised:
        refuse_namesake()
    assert str(raised.value) == SENTENCE
