"""What the tests of commands share: commands in this process, studies, pages and a browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from click.testing import CliRunner, Result
from optuna.trial import TrialState

from sweep.cli import main
from tests.browser import Browser
from tests.cli.commands import Command, add, create
from tests.cli.pages import Page


@pytest.fixture
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def run_command(tmp_path: Path, _utc: None) -> Command:
    """Runs a command over the results in `tmp_path`, in this process."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--results", str(tmp_path)])

    return run


@pytest.fixture
def digits(tmp_path: Path) -> optuna.Study:
    """A study of four trials."""
    study = create(tmp_path, "digits")
    add(study, [0.5], seed=11, model_dir="/models/0", metrics_score=0.5, train_seconds=1.25)
    add(study, [0.96437], (1.5e-7, 4, "tanh"), seed=12, model_dir="/models/1")
    add(study, None, (0.1, 1, "relu"), TrialState.FAIL, failure="nan loss: at step 3")
    add(study, [0.25], (0.2, 3, "relu"), TrialState.PRUNED)
    return study


@pytest.fixture
def front(tmp_path: Path) -> optuna.Study:
    """A study with two metrics and two trials on its Pareto front."""
    study = create(tmp_path, "front", ("score", "size"), "maximize", "minimize")
    for values in ([0.5, 10.0], [0.75, 20.0], [0.5, 30.0]):
        add(study, values)
    return study


@pytest.fixture
def serve() -> Iterator[Callable[..., Page]]:
    """Serves a page until the test ends."""
    pages: list[Page] = []

    def start(*arguments: str | Path, **options: Any) -> Page:
        pages.append(Page(*arguments, **options))
        return pages[-1]

    yield start
    for page in pages:
        page.process.kill()
        page.process.communicate()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """A browser of this test's own."""
    browser = Browser(tmp_path / "profile")
    yield browser
    browser.close()
