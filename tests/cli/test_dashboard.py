"""`sweep dashboard`, looked at in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.browser import Browser, needs_browser
from tests.cli.pages import Page

Sweep = Callable[..., Any]


@needs_browser
def test_the_dashboard_shows_the_best_value(
    serve: Callable[..., Page], sweep: Sweep, results: Path, browser: Browser
) -> None:
    study = sweep(n_trials=3)
    page = serve("dashboard", "study", "--port", "0", "--results", results)
    best = [f"Best Trial (number={study.best_trial.number})", str(study.best_value)]
    shown = browser.text_with(page.address, *best)
    assert all(part in shown for part in best)
    assert page.interrupt() == (0, "", "")


@pytest.mark.slow
def test_a_dashboard_finds_a_free_port_where_the_usual_one_is_taken(
    serve: Callable[..., Page], sweep: Sweep, results: Path
) -> None:
    sweep(n_trials=1)
    pages = [serve("dashboard", "--results", results) for _ in range(2)]
    assert pages[0].port() != pages[1].port()
    for page in pages:
        with urlopen(page.address) as answer:
            assert answer.status == 200


@pytest.mark.slow
def test_a_dashboard_begun_in_the_background_hears_sigint(
    serve: Callable[..., Page], sweep: Sweep, results: Path
) -> None:
    sweep(n_trials=1)
    background = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]  # as without job control
    page = serve("dashboard", "--port", "0", "--results", results, starter=background)
    assert page.interrupt() == (0, "", "")
