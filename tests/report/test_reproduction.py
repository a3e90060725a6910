"""The command lines that reproduce a study and its best trial."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sweep import load_study
from sweep.flow.extension import Extension
from sweep.schedule.population import Population
from sweep.schedule.replay import Replay
from sweep.schedule.rungs import Rungs
from sweep.storage.url import storage_url
from tests import standin
from tests.report.studies import HtmlOf, create

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

PARAMS = {"x": 0.5, "rate": 0.01, "layers": 1, "kind": "relu"}


def test_the_best_params_can_be_run_again_as_they_were(html_of: HtmlOf, tmp_path: Path) -> None:
    study = create(tmp_path)
    for value in (0.25, 0.75):
        trial = study.ask()
        if value > 0.5:
            trial.suggest_float("rate", 0.1 + 0.2, 0.1 + 0.2)
            trial.suggest_int("units", 7, 7)
        study.tell(trial, value)
    assert "--trials 1 --enqueue rate=0.30000000000000004,units=7</pre>" in html_of()


@pytest.mark.parametrize(
    ("options", "again", "best"),
    [
        (
            {"n_trials": 9, "scheduler": Rungs(3, 3)},
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
@pytest.mark.slow
def test_a_study_in_legs_can_be_run_again_as_it_was(
    html_of: HtmlOf, tmp_path: Path, options: dict[str, Any], again: str, best: str
) -> None:
    standin.sweep(standin.study_of(), tmp_path, n_jobs=1, seed=5, **options)
    html = html_of()
    assert again in html
    assert best in html


@pytest.mark.slow
def test_what_was_tried_again_or_trained_further_is_no_configuration_more(
    html_of: HtmlOf, tmp_path: Path
) -> None:
    spec = standin.study_of(lambda number: "fail nan loss: x" if number == 1 else "train")
    standin.sweep(spec, tmp_path, n_trials=4, seed=5)
    standin.sweep(spec, tmp_path, retry="nan loss")
    standin.sweep(spec, tmp_path, extension=Extension(1, 50))
    assert len(load_study("study", storage=storage_url(tmp_path)).trials) == 6
    assert "--seed 5 --trials 4 --jobs 1" in html_of()
