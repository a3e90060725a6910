"""A study read in one go, as a notebook shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sweep as package


def test_a_study_says_its_name_and_its_states(sweep: Callable[..., object], results: Path) -> None:
    sweep(n_trials=2)
    study = package.load_study("study", results=results)
    assert repr(study) == "<StudyData 'study': 2 COMPLETE>"


def test_a_notebook_shows_the_trials_and_trusts_no_value(
    sweep: Callable[..., object], results: Path
) -> None:
    sweep(n_trials=2, name="one-two")
    page = package.load_study("one-two", results=results)._repr_html_()
    assert "&lt;StudyData &#x27;one-two&#x27;: 2 COMPLETE&gt;" in page
    assert "params_rate" in page
    assert page.count("<tr") == 3
