"""The page of a report: all that it shows, as text."""

from __future__ import annotations

import math
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState, create_trial

from sweep.storage.url import storage_url
from tests import standin
from tests.browser import Browser, needs_browser
from tests.report.pages import Page
from tests.report.studies import HtmlOf, create

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

NASTY = "<script>alert('1 & 2')</script>"
_NUMBERS = (
    "[...document.querySelectorAll('#trials tbody tr td:first-child')].map(td => td.innerText)"
)


def test_a_swept_studys_page_needs_nothing_else(html_of: HtmlOf, tmp_path: Path) -> None:
    spec = standin.study_of(lambda number: "fail nan loss: at step 3" if number == 1 else "train")
    study = standin.sweep(spec, tmp_path, n_trials=6, n_jobs=1, seed=5)
    html = html_of()
    page = Page(html)
    assert page.tags.count("img") == page.tags.count("source") == 10
    assert all(address.startswith("data:image/svg+xml;base64,") for address in page.addresses)
    assert "link" not in page.tags
    best = study.best_trial
    assert f"Trial {best.number} is the best of 6: score {best.value:.5g}, with x=" in html
    assert "--seed 5 --trials 6 --jobs 1" in html
    assert ["nan loss", "1", "trial 1: nan loss: at step 3"] in page.rows


def test_the_table_has_the_best_first(html_of: HtmlOf, tmp_path: Path) -> None:
    study = create(tmp_path)
    for value in (0.25, 0.75, 0.5):
        study.tell(study.ask(), value)
    study.tell(study.ask(), state=TrialState.FAIL)
    (*_, header), rows = (Page(html_of()).rows[:-4], Page(html_of()).rows[-4:])
    assert header == ["trial", "state", "score", "seconds"]
    assert [row[0] for row in rows] == ["1", "2", "0", "3"]


def test_the_table_has_each_trials_machine_where_there_are_several(
    html_of: HtmlOf, tmp_path: Path
) -> None:
    study = create(tmp_path)
    for value, host in ((0.75, "left"), (0.5, "right")):
        trial = study.ask()
        trial.set_user_attr("host", host)
        study.tell(trial, value)
    header, *rows = Page(html_of()).rows[-3:]
    assert (header[-1], [row[-1] for row in rows]) == ("host", ["left", "right"])


def test_the_table_has_the_other_metrics_too(html_of: HtmlOf, tmp_path: Path) -> None:
    study = create(tmp_path)
    trial = study.ask()
    trial.set_user_attr("metrics_score", 0.5)
    trial.set_user_attr("metrics_loss", 1.25)
    study.tell(trial, 0.5)
    header, row = Page(html_of()).rows[-2:]
    assert header == ["trial", "state", "score", "loss", "seconds"]
    assert row[2:4] == ["0.5", "1.25"]


@needs_browser
def test_a_large_table_is_in_the_page_in_part_and_found_in_whole(
    html_of: HtmlOf, tmp_path: Path, browser: Browser
) -> None:
    study = create(tmp_path)
    for number in range(130):
        study.add_trial(create_trial(value=float(-number)))
    html = html_of()
    assert len(Page(html).rows) == 1 + 100
    (tmp_path / "report.html").write_text(html)
    found = "document.getElementById('find')"
    find = f"{found}.value = '129', {found}.dispatchEvent(new Event('input')), {_NUMBERS}"
    count = "document.getElementById('count').innerText"
    address = f"file://{tmp_path}/report.html"
    first, second, numbers, counted = browser.results(
        address, _click("trial"), _click("trial"), find, count
    )
    assert (first[0], second[0], numbers) == ("0", "129", ["129"])
    assert counted == "1 of 130 trials"


@needs_browser
@pytest.mark.parametrize(("width", "background"), [(400, "rgb(20, 24, 29)"), (1280, None)])
def test_a_page_follows_the_screens_width_and_scheme(
    html_of: HtmlOf, tmp_path: Path, browser: Browser, width: int, background: str | None
) -> None:
    study = create(tmp_path)
    for value in (0.25, 0.5):
        study.tell(study.ask(), value)
    (tmp_path / "report.html").write_text(html_of())
    browser.show_as(width=width, scheme="dark" if background else "light")
    widths, color, overflow = browser.results(
        f"file://{tmp_path}/report.html",
        "[...document.images].map(image => image.naturalWidth)",
        "getComputedStyle(document.body).backgroundColor",
        "document.documentElement.scrollWidth > innerWidth",
    )
    assert color == (background or "rgb(255, 255, 255)")
    assert {drawn > 500 for drawn in widths} == {width > 500}
    assert not overflow


@needs_browser
def test_a_click_on_a_columns_name_sorts_numbers_as_such_and_what_lacks_it_last(
    html_of: HtmlOf, tmp_path: Path, browser: Browser
) -> None:
    study = create(tmp_path)
    choices = ["c", "b", "d", "a", "e"]
    for value, kind in zip((10.0, 9.5, None, -1.5e-7, -math.inf), choices, strict=True):
        study.enqueue_trial({"kind": kind})
        trial = study.ask()
        trial.suggest_categorical("kind", choices)
        study.tell(trial, value, TrialState.COMPLETE if value else TrialState.FAIL)
    (tmp_path / "report.html").write_text(html_of())
    clicks = [_click("score"), _click("score"), _click("kind"), _click("kind")]
    assert browser.results(f"file://{tmp_path}/report.html", _NUMBERS, *clicks) == [
        ["0", "1", "3", "4", "2"],
        ["4", "3", "1", "0", "2"],
        ["0", "1", "3", "4", "2"],
        ["3", "1", "0", "2", "4"],
        ["4", "2", "0", "1", "3"],
    ]


def test_what_comes_from_the_study_is_never_markup(html_of: HtmlOf, tmp_path: Path) -> None:
    study = create(tmp_path, NASTY)
    study.set_metric_names([NASTY])
    for _ in range(5):
        trial = study.ask()
        trial.suggest_categorical(NASTY, [NASTY, "$\\frac$"])
        study.tell(trial, 0.5)
    trial = study.ask()
    trial.set_user_attr("failure", f"{NASTY}: {NASTY}")
    study.tell(trial, state=TrialState.FAIL)
    page = Page(html_of(NASTY))
    assert page.tags.count("script") == 1
    assert NASTY in page.rows[-1][-1]


def test_a_study_without_trials_has_a_page_too(html_of: HtmlOf, tmp_path: Path) -> None:
    create(tmp_path)
    html = html_of()
    assert "No trial of study is complete yet." in html
    assert "img" not in Page(html).tags


def test_a_study_of_several_metrics_has_its_front(html_of: HtmlOf, tmp_path: Path) -> None:
    study = optuna.create_study(
        storage=storage_url(tmp_path), study_name="study", directions=["maximize", "minimize"]
    )
    for values in ([0.5, 10], [0.75, 20], [0.5, 30]):
        study.tell(study.ask(), values)
    html = html_of()
    assert "2 of 3 trials are Pareto-optimal" in html
    assert "Pareto front" in html


def _click(name: str) -> str:
    """Clicks the name of a column; gives the numbers of the trials in their order then."""
    buttons = "[...document.querySelectorAll('#trials th button')]"
    return f"{buttons}.find(button => button.innerText === {name!r}).click(), {_NUMBERS}"
