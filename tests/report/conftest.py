"""Studies to plot; without matplotlib, as on older TensorFlow, nothing is collected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import create_trial

from sweep.results.data import StudyData, load_study
from sweep.storage.url import storage_url
from tests.browser import Browser
from tests.report.studies import Direction, HtmlOf, Read

collect_ignore_glob = ["*"] if find_spec("matplotlib") is None else []

NOON = datetime(2026, 3, 1, 12)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Makes a study of trials given as fields of `create_trial`, a second each, and reads it."""

    def made(*trials: dict[str, Any], direction: Direction = "maximize") -> StudyData:
        study = optuna.create_study(
            storage=storage_url(tmp_path), study_name="study", direction=direction
        )
        study.set_metric_names(["accuracy"])
        for number, fields in enumerate(trials):
            trial = create_trial(**fields)
            trial.datetime_start = NOON + timedelta(seconds=number // 2)
            trial.datetime_complete = trial.datetime_start + timedelta(seconds=1)
            study.add_trial(trial)
        return load_study("study", results=tmp_path)

    return made


@pytest.fixture
def html_of(tmp_path: Path) -> HtmlOf:
    """The page of a study of the database in `tmp_path`."""

    def html(name: str = "study") -> str:
        from sweep.report.figures import draw_all
        from sweep.report.page import page_of

        data = load_study(name, results=tmp_path)
        return page_of(data, *draw_all(data))

    return html


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """A browser of this test's own."""
    browser = Browser(tmp_path / "profile")
    yield browser
    browser.close()
