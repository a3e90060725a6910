"""`sweep report`: a page as a file, and its figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import Command, add, create, printed
from tests.running import run_sweep

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


def test_the_page_is_written_where_it_is_asked_for(run_command: Command, tmp_path: Path) -> None:
    add(create(tmp_path, "study"), [0.5])
    file = tmp_path / "report.html"
    assert printed(run_command("report", "-o", str(file))).startswith(f"Wrote {file}, with ")
    html = file.read_text()
    assert "Trial 0 is the best of 1: score 0.5, with rate=0.01 layers=2 kind=relu." in html
    assert html.count("data:image/svg+xml;base64,") > 1


def test_the_figures_can_be_had_as_files(run_command: Command, tmp_path: Path) -> None:
    add(create(tmp_path, "study"), [0.5])
    arguments = ["-o", str(tmp_path / "report.html"), "--figures", str(tmp_path / "figures")]
    said = printed(run_command("report", *arguments)).splitlines()
    assert said[1] == f"Wrote the figures to {tmp_path}/figures, as SVG and as PNG."
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    assert {"history.svg", "history.png", "timeline.svg", "timeline.png"} <= names


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    create(tmp_path, "study")
    file = tmp_path / "missing" / "report.html"
    ended = run_sweep("report", "--results", tmp_path, "-o", file)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"sweep: {file} cannot be written: No such file or directory.\n"
