"""A sweep in bad surroundings: a screen that is gone, signals that are ignored."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import optuna
import pytest

from tests.running import ROOT, SWEEP

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("surroundings")]


@pytest.mark.parametrize(
    "surroundings",
    [
        pytest.param('"$@" | head -c 0; exit ${PIPESTATUS[0]}', marks=pytest.mark.slow),
        pytest.param('"$@" 2>&1 | head -c 0; exit ${PIPESTATUS[0]}', marks=pytest.mark.slow),
        pytest.param('"$@" >&-', marks=pytest.mark.slow),
        pytest.param('"$@" 2>&-', marks=pytest.mark.slow),
        '"$@" <&- >&- 2>&-',
        pytest.param('"$@" > /dev/full 2>&1', marks=pytest.mark.slow),
        pytest.param("trap '' CHLD; \"$@\"", marks=pytest.mark.slow),
    ],
)
def test_a_sweep_ends_as_elsewhere(results: Path, surroundings: str) -> None:
    arguments = ["run", "digits_mlp", "--trials", "1", "--jobs", "1", "--results", str(results)]
    ended = subprocess.run(
        ["bash", "-c", surroundings, "bash", *SWEEP, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert list(results.glob("*/fault-*.txt")) == []
    study = optuna.load_study(study_name="digits_mlp", storage=f"sqlite:///{results}/studies.db")
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"]
