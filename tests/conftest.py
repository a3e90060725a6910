"""What several folders of tests share: studies of the stand-in, swept into a temporary folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest

from sweep.storage.study import AskedStudy
from tests import standin
from tests.processes import Program


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that run TensorFlow come last: a process that has run it can fork no more trials."""
    items.sort(key=lambda item: item.get_closest_marker("tensorflow") is not None)


@pytest.fixture(autouse=True, scope="session")
def _quiet_optuna() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder that does not exist yet."""
    return tmp_path / "results"


@pytest.fixture
def sweep(results: Path) -> Callable[..., AskedStudy]:
    """Sweeps a StudySpec with the stand-in, in `results` and one trial at a time."""

    def run(spec: Any = None, **options: Any) -> AskedStudy:
        spec = standin.study_of() if spec is None else spec
        return standin.sweep(spec, results, **{"n_jobs": 1, "seed": 1, **options})

    return run


@pytest.fixture
def program(results: Path) -> Iterator[Callable[..., Program]]:
    """Starts `python -m tests.standin` in `results`."""
    programs: list[Program] = []

    def start(n_trials: int, act: str) -> Program:
        programs.append(Program(results, n_trials, act))
        return programs[-1]

    yield start
    for started in programs:
        started.close()
