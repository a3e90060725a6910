"""The importances of params, compared with Optuna's own."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import optuna
import pytest
from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator

from sweep.errors import UsageError
from sweep.results.importances import SEED, load_importances
from sweep.storage.url import storage_url

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

Direction = Literal["maximize", "minimize"]
EVALUATORS = {
    "ped-anova": PedAnovaImportanceEvaluator(),
    "fanova": FanovaImportanceEvaluator(seed=SEED),
}


def searched(folder: Path, n_trials: int, *directions: Direction) -> optuna.Study:
    """A study in whose first value `x` weighs most, and in its second, if any, `rate`."""
    study = optuna.create_study(
        storage=storage_url(folder),
        study_name="study",
        directions=directions,
        sampler=optuna.samplers.RandomSampler(seed=1),
    )
    for _ in range(n_trials):
        trial = study.ask()
        x = trial.suggest_float("x", 0, 1)
        rate = trial.suggest_float("rate", 1e-4, 1, log=True)
        kind = trial.suggest_categorical("kind", ["a", "b"])
        if kind == "a":
            trial.suggest_int("units", 1, 9)
        study.tell(trial, [x + rate / 100, rate + x / 100][: len(directions)])
    study.tell(study.ask(), state=optuna.trial.TrialState.FAIL)
    return study


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_importances_are_optunas_own(tmp_path: Path, direction: Direction, evaluator: str) -> None:
    study = searched(tmp_path, 30, direction)
    ours = load_importances("study", evaluator=evaluator, results=tmp_path)
    theirs = optuna.importance.get_param_importances(study, evaluator=EVALUATORS[evaluator])
    assert ours["metric"].unique().tolist() == ["value"]
    assert list(zip(ours["param"], ours["importance"], strict=True)) == list(theirs.items())
    assert ours["param"][0] == "x"


@pytest.mark.slow
def test_each_metric_has_its_own_importances(tmp_path: Path) -> None:
    searched(tmp_path, 30, "maximize", "minimize").set_metric_names(["score", "size"])
    table = load_importances("study", evaluator="fanova", results=tmp_path)
    assert table.groupby("metric")["param"].first().to_dict() == {"score": "x", "size": "rate"}
    assert table.groupby("metric")["importance"].sum().tolist() == pytest.approx([1, 1])


def test_the_database_stays_as_it_is(tmp_path: Path) -> None:
    searched(tmp_path, 4, "maximize")
    before = (tmp_path / "studies.db").read_bytes()
    load_importances("study", results=tmp_path)
    assert (tmp_path / "studies.db").read_bytes() == before


def test_too_few_complete_trials_are_refused(tmp_path: Path) -> None:
    searched(tmp_path, 3, "maximize")
    with pytest.raises(UsageError) as raised:
        load_importances("study", results=tmp_path)
    assert str(raised.value) == (
        "The importance of params needs at least 4 complete trials, but study 'study' has 3."
    )


def test_an_unknown_evaluator_is_refused(tmp_path: Path) -> None:
    searched(tmp_path, 4, "maximize")
    with pytest.raises(UsageError) as raised:
        load_importances("study", evaluator="shap", results=tmp_path)
    assert str(raised.value) == "There is no evaluator 'shap': name one of ped-anova, fanova."
