"""`sweep rebuild`: a study from its folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from sweep.cli import main
from sweep.errors import UsageError
from sweep.results.tables import load_trials
from sweep.storage.study import AskedStudy


def test_a_study_without_its_database_is_told_how_it_is_made_again(
    sweep: Callable[..., AskedStudy], results: Path
) -> None:
    sweep(n_trials=2)
    before = load_trials("study", results=results)
    (results / "studies.db").unlink()
    with pytest.raises(UsageError, match="restore the study with `sweep rebuild study`"):
        sweep(n_trials=2)
    arguments = ["rebuild", "study", "--results", str(results)]
    ended = CliRunner().invoke(main, arguments)
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout == f"Restored study study from {results}/study: 2 trials.\n"
    after = load_trials("study", results=results)
    assert list(after["value"]) == list(before["value"])
    again = CliRunner().invoke(main, arguments)
    assert (again.exit_code, again.stdout) == (2, "")
    assert "is in the database already" in again.stderr
