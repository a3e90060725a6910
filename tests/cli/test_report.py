"""`sweep report`: one page that holds all that it shows."""

from __future__ import annotations

import math
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import optuna
import pytest
from click.testing import CliRunner
from optuna.trial import TrialState

from sweep import load_study
from sweep.cli import main
from sweep.flow.extension import Extension
from sweep.schedule.population import Population
from sweep.schedule.replay import Replay
from sweep.schedule.rungs import Rungs
from sweep.storage.url import storage_url
from tests import standin
from tests.browser import Browser, needs_browser
from tests.running import run_sweep

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

PARAMS = {"x": 0.5, "rate": 0.01, "layers": 1, "kind": "relu"}
NASTY = "<script>alert('1 & 2')</script>"

_NUMBERS = (
    "[...document.querySelectorAll('#trials tbody tr td:first-child')].map(td => td.innerText)"
)

Report = Callable[..., str]


class Page(HTMLParser):
    """What a page shows, and where its images, scripts and links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self._is_cell = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self._is_cell = self._is_cell or tag in ("td", "th")

    def handle_endtag(self, tag: str) -> None:
        self._is_cell = self._is_cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._is_cell:
            self.rows[-1][-1] += data


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """Runs `sweep report` over the results in `tmp_path`; returns the page."""

    def run(*arguments: str) -> str:
        file = tmp_path / "report.html"
        command = ["report", "--results", str(tmp_path), "-o", str(file), *arguments]
        ended = CliRunner().invoke(main, command)
        assert (ended.exit_code, ended.stderr) == (0, "")
        return file.read_text()

    return run


def _click(name: str) -> str:
    """Clicks the name of a column; gives the numbers of the trials in their order then."""
    buttons = "[...document.querySelectorAll('#trials th button')]"
    return f"{buttons}.find(button => button.innerText === {name!r}).click(), {_NUMBERS}"


def create(folder: Path, name: str = "study") -> optuna.Study:
    study = optuna.create_study(storage=storage_url(folder), study_name=name, direction="maximize")
    study.set_metric_names(["score"])
    return study


def test_a_swept_studys_page_needs_nothing_else(report: Report, tmp_path: Path) -> None:
    spec = standin.study_of(lambda number: "fail nan loss: at step 3" if number == 1 else "train")
    study = standin.sweep(spec, tmp_path, n_trials=6, n_jobs=1, seed=5)
    html = report()
    page = Page(html)
    assert len(page.addresses) == page.tags.count("img") == 10
    assert all(address.startswith("data:image/svg+xml;base64,") for address in page.addresses)
    assert "link" not in page.tags
    best = study.best_trial
    assert f"Trial {best.number} is the best of 6: score {best.value:.5g}, with x=" in html
    assert "--seed 5 --trials 6 --jobs 1" in html
    assert ["nan loss", "1", "trial 1: nan loss: at step 3"] in page.rows


def test_the_table_has_the_best_first(report: Report, tmp_path: Path) -> None:
    study = create(tmp_path)
    for value in (0.25, 0.75, 0.5):
        study.tell(study.ask(), value)
    study.tell(study.ask(), state=TrialState.FAIL)
    (*_, header), rows = (Page(report()).rows[:-4], Page(report()).rows[-4:])
    assert header == ["trial", "state", "seconds", "score"]
    assert [row[0] for row in rows] == ["1", "2", "0", "3"]


@needs_browser
def test_a_click_on_a_columns_name_sorts_numbers_as_such_and_what_lacks_it_last(
    report: Report, tmp_path: Path, browser: Browser
) -> None:
    study = create(tmp_path)
    choices = ["c", "b", "d", "a", "e"]
    for value, kind in zip((10.0, 9.5, None, -1.5e-7, -math.inf), choices, strict=True):
        study.enqueue_trial({"kind": kind})
        trial = study.ask()
        trial.suggest_categorical("kind", choices)
        study.tell(trial, value, TrialState.COMPLETE if value else TrialState.FAIL)
    report()
    clicks = [_click("score"), _click("score"), _click("kind"), _click("kind")]
    assert browser.results(f"file://{tmp_path}/report.html", _NUMBERS, *clicks) == [
        ["0", "1", "3", "4", "2"],
        ["4", "3", "1", "0", "2"],
        ["0", "1", "3", "4", "2"],
        ["3", "1", "0", "2", "4"],
        ["4", "2", "0", "1", "3"],
    ]


def test_the_best_params_can_be_run_again_as_they_were(report: Report, tmp_path: Path) -> None:
    study = create(tmp_path)
    for value in (0.25, 0.75):
        trial = study.ask()
        if value > 0.5:
            trial.suggest_float("rate", 0.1 + 0.2, 0.1 + 0.2)
            trial.suggest_int("units", 7, 7)
        study.tell(trial, value)
    assert "--trials 1 --enqueue rate=0.30000000000000004,units=7</pre>" in report()


@pytest.mark.parametrize(
    ("options", "again", "best"),
    [
        (
            {"n_trials": 9, "scheduler": Rungs(3)},
            "sweep run STUDY_FILE --name study-again --seed 5 --trials 9 --rungs 3 "
            "--reduction-factor 3 --jobs 1",
            "sweep replay STUDY_FILE --of study --trial",
        ),
        (
            {"scheduler": Population(3, 2, ("x", "rate"))},
            "sweep run STUDY_FILE --name study-again --seed 5 --population 3 --legs 2 "
            "--explore x,rate --jobs 1",
            "sweep replay STUDY_FILE --of study --trial",
        ),
        (
            {"scheduler": Replay((PARAMS, PARAMS), (0.5, 1.0), 30), "enqueue": (PARAMS,)},
            "sweep replay STUDY_FILE --of study --name study-again --seed 5",
            "sweep replay STUDY_FILE --of study --trial 1 --name study-best",
        ),
    ],
    ids=["rungs", "population", "replay"],
)
def test_a_study_in_legs_can_be_run_again_as_it_was(
    report: Report, tmp_path: Path, options: dict[str, Any], again: str, best: str
) -> None:
    standin.sweep(standin.study_of(), tmp_path, n_jobs=1, seed=5, **options)
    html = report()
    assert again in html
    assert best in html


def test_what_was_tried_again_or_trained_further_is_no_configuration_more(
    report: Report, tmp_path: Path
) -> None:
    spec = standin.study_of(lambda number: "fail nan loss: x" if number == 1 else "train")
    standin.sweep(spec, tmp_path, n_trials=4, seed=5)
    standin.sweep(spec, tmp_path, retry="nan loss")
    standin.sweep(spec, tmp_path, extension=Extension(1, 50))
    assert len(load_study("study", storage=storage_url(tmp_path)).trials) == 6
    assert "--seed 5 --trials 4 --jobs 1" in report()


def test_what_comes_from_the_study_is_never_markup(report: Report, tmp_path: Path) -> None:
    study = create(tmp_path, NASTY)
    study.set_metric_names([NASTY])
    for _ in range(5):
        trial = study.ask()
        trial.suggest_categorical(NASTY, [NASTY, "$\\frac$"])
        study.tell(trial, 0.5)
    trial = study.ask()
    trial.set_user_attr("failure", f"{NASTY}: {NASTY}")
    study.tell(trial, state=TrialState.FAIL)
    page = Page(report(NASTY))
    assert page.tags.count("script") == 1
    assert NASTY in page.rows[-1][-1]


def test_a_study_without_trials_has_a_page_too(report: Report, tmp_path: Path) -> None:
    create(tmp_path)
    html = report()
    assert "No trial is complete yet." in html
    assert "img" not in Page(html).tags


def test_a_study_of_several_metrics_has_its_front(report: Report, tmp_path: Path) -> None:
    study = optuna.create_study(
        storage=storage_url(tmp_path), study_name="study", directions=["maximize", "minimize"]
    )
    for values in ([0.5, 10], [0.75, 20], [0.5, 30]):
        study.tell(study.ask(), values)
    html = report()
    assert "2 of 3 trials are Pareto-optimal" in html
    assert "Pareto front" in html


def test_the_figures_can_be_had_as_files(report: Report, tmp_path: Path) -> None:
    study = create(tmp_path)
    study.tell(study.ask(), 0.5)
    report("--figures", str(tmp_path / "figures"))
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    assert {"history.svg", "history.png", "timeline.svg", "timeline.png"} <= names


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    create(tmp_path)
    file = tmp_path / "missing" / "report.html"
    ended = run_sweep("report", "--results", tmp_path, "-o", file)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"sweep: {file} cannot be written: No such file or directory.\n"
