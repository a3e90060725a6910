"""A real study for the tests that take its models up again."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.running import run_sweep

# The runs on older TensorFlow have no extras; what needs these runs no TensorFlow.
_NEEDS = {"matplotlib": "test_plots.py", "pyarrow": "test_files.py"}
collect_ignore = [file for package, file in _NEEDS.items() if find_spec(package) is None]


@pytest.fixture(scope="session")
def digits_mlp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with two trials of the default study."""
    results = tmp_path_factory.mktemp("digits_mlp")
    ended = run_sweep("run", "digits_mlp", "--trials", "2", "--seed", "7", "--results", results)
    assert ended.returncode == 0, ended.stderr
    return results
