"""A study's trials as a DataFrame, compared with Optuna's own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from math import inf, nan
from pathlib import Path
from typing import Any, Literal

import optuna
import pandas as pd
import pytest
from optuna.distributions import CategoricalDistribution
from optuna.trial import TrialState, create_trial

from sweep.errors import StorageError
from sweep.results.tables import STATES, load_curves, load_trials
from sweep.storage.study import AskedStudy
from tests import standin
from tests.standin import study_of

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

Direction = Literal["maximize", "minimize"]
CHOICES: dict[str, list[Any]] = {
    "string": ["b", "a"],
    "boolean": [True, False],
    "number": [0.5, 2.5],
    "mixed": ["none", True, 1.5, 3],
}
ATTRS = (
    "number",
    "state",
    "value",
    "datetime_start",
    "datetime_complete",
    "duration",
    "params",
    "user_attrs",
)


@pytest.fixture(params=["UTC", "Asia/Kathmandu"])
def _time_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def create(folder: Path, *directions: Direction) -> optuna.Study:
    url = f"sqlite:///{folder}/studies.db"
    sampler = optuna.samplers.TPESampler(seed=0)
    return optuna.create_study(
        storage=url, sampler=sampler, study_name="study", directions=directions
    )


def as_optuna_has_it(study: optuna.Study) -> pd.DataFrame:
    """Optuna's table with our names of the columns, and its local times in UTC."""
    table = study.trials_dataframe(attrs=ATTRS)
    names = study.metric_names or []
    table = table.rename(columns={f"value_{name}": "value" for name in names})
    table.columns = table.columns.str.removeprefix("user_attrs_")
    table["state"] = pd.Categorical(table["state"], STATES)
    here = time.strftime("%Z") if time.strftime("%Z") == "UTC" else "Asia/Kathmandu"
    for column in ("datetime_start", "datetime_complete"):
        table[column] = pd.to_datetime(table[column]).dt.tz_localize(here).dt.tz_convert("UTC")
    return table


def assert_same(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(ours, theirs[list(ours.columns)])
    assert sorted(ours.columns) == sorted(theirs.columns)


@pytest.mark.usefixtures("_time_zone")
def test_trials_of_every_state_are_as_optuna_has_them(tmp_path: Path) -> None:
    study = create(tmp_path, "maximize")
    complete = study.ask()
    complete.suggest_float("x", 0, 1)
    complete.set_user_attr("metrics_accuracy", 0.5)
    study.tell(complete, 1.5)
    pruned = study.ask()
    pruned.suggest_float("x", 0, 1)
    pruned.report(0.25, step=1)
    study.tell(pruned, state=TrialState.PRUNED)
    failed = study.ask()
    failed.set_user_attr("failure", "nan loss")
    study.tell(failed, state=TrialState.FAIL)
    study.ask().suggest_float("x", 0, 1)
    study.enqueue_trial({"x": 0.5})
    ours = load_trials("study", results=tmp_path)
    assert list(ours["state"]) == ["COMPLETE", "PRUNED", "FAIL", "RUNNING", "WAITING"]
    assert_same(ours, as_optuna_has_it(study))


def test_params_of_every_kind_are_as_they_were_suggested(tmp_path: Path) -> None:
    study = create(tmp_path, "minimize")
    for _ in range(8):
        trial = study.ask()
        trial.suggest_float("float", -1, 1)
        trial.suggest_float("log", 1e-5, 1e5, log=True)
        trial.suggest_float("step", 0, 1, step=0.1)
        trial.suggest_int("int", -5, 5)
        trial.suggest_int("int_log", 1, 1024, log=True)
        trial.suggest_int("int_step", 0, 100, step=25)
        for name, choices in CHOICES.items():
            trial.suggest_categorical(name, choices)
        trial.suggest_categorical("nothing", [None, "none", True, 1.5, 3])
        study.tell(trial, 0.0)
    ours = load_trials("study", results=tmp_path)
    theirs = as_optuna_has_it(study)
    for name, choices in CHOICES.items():
        theirs[f"params_{name}"] = pd.Categorical(theirs[f"params_{name}"], choices)
    assert_same(ours, theirs)
    for row, told in zip(ours.to_dict("records"), study.trials, strict=True):
        given = {f"params_{name}": value for name, value in told.params.items()}
        assert {name: row[name] for name in given} == given


def test_params_of_some_trials_only_are_missing_in_the_others(tmp_path: Path) -> None:
    study = create(tmp_path, "minimize")
    for kind in ("a", "b"):
        trial = study.ask()
        trial.suggest_categorical("kind", [kind]) if kind == "a" else trial.suggest_int("n", 1, 3)
        study.tell(trial, 0.0)
    ours = load_trials("study", results=tmp_path)
    theirs = as_optuna_has_it(study)
    theirs["params_kind"] = theirs["params_kind"].astype("category")
    assert_same(ours, theirs)
    assert ours["params_kind"].isna().tolist() == [False, True]
    assert ours["params_n"].isna().tolist() == [True, False]


def test_infinite_values_stay_infinite(tmp_path: Path) -> None:
    study = create(tmp_path, "minimize")
    for value in (float("inf"), float("-inf"), 0.0):
        study.tell(study.ask(), value)
    ours = load_trials("study", results=tmp_path)
    assert list(ours["value"]) == [float("inf"), float("-inf"), 0.0]
    assert_same(ours, as_optuna_has_it(study))


@pytest.mark.parametrize("names", [None, ["loss", "accuracy"]])
def test_several_objectives_have_a_column_each(tmp_path: Path, names: list[str] | None) -> None:
    study = create(tmp_path, "minimize", "maximize")
    if names is not None:
        study.set_metric_names(names)
    study.tell(study.ask(), [0.5, float("inf")])
    study.tell(study.ask(), state=TrialState.FAIL)
    ours = load_trials("study", results=tmp_path)
    assert_same(ours, as_optuna_has_it(study))
    assert [c for c in ours.columns if c.startswith("value")] == [
        f"values_{n}" for n in names or "01"
    ]


def test_values_of_a_lone_metric_with_a_name_stand_under_value(tmp_path: Path) -> None:
    study = create(tmp_path, "minimize")
    study.set_metric_names(["loss"])
    study.tell(study.ask(), 0.5)
    assert_same(load_trials("study", results=tmp_path), as_optuna_has_it(study))


def test_a_study_without_trials_is_an_empty_table_of_the_usual_columns(tmp_path: Path) -> None:
    create(tmp_path, "minimize")
    table = load_trials("study", results=tmp_path)
    assert table.empty
    assert list(table) == [
        "number",
        "state",
        "datetime_start",
        "datetime_complete",
        "duration",
        "value",
    ]
    assert str(table["duration"].sum()) == "0 days 00:00:00"


def test_a_swept_study_is_as_optuna_has_it(tmp_path: Path) -> None:
    spec = study_of(lambda number: "fail nan loss: x" if number == 1 else "train")
    study = standin.sweep(spec, tmp_path, n_trials=3, n_jobs=1)
    ours = load_trials("study", results=tmp_path)
    theirs = study.trials_dataframe(attrs=ATTRS)
    theirs.columns = theirs.columns.str.removeprefix("user_attrs_")
    columns = [name for name in ours.columns if name != "value" and not name.startswith("datetime")]
    pd.testing.assert_frame_equal(ours[columns].astype(theirs.dtypes[columns]), theirs[columns])
    assert ours["failure"].tolist()[1] == "nan loss: x"
    assert ours["attempts"].tolist() == [1, 1, 1]


def test_states_are_categories_that_all_studies_share(tmp_path: Path) -> None:
    create(tmp_path, "minimize")
    states = load_trials("study", results=tmp_path)["state"]
    assert list(states.cat.categories) == ["RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"]


@pytest.mark.parametrize("choices", [["a", None], [1, True], [[1, 2], [3]]])
def test_choices_that_cannot_be_categories_stay_as_they_are(
    tmp_path: Path, choices: list[Any]
) -> None:
    study = create(tmp_path, "minimize")
    for choice in choices:
        trial = create_trial(
            value=0.0,
            params={"choice": choice},
            distributions={"choice": CategoricalDistribution(choices)},
        )
        study.add_trial(trial)
    assert load_trials("study", results=tmp_path)["params_choice"].tolist() == choices


def test_structured_user_attrs_stay_structured(tmp_path: Path) -> None:
    study = create(tmp_path, "minimize")
    trial = study.ask()
    trial.set_user_attr("sizes", [1, 2])
    trial.set_user_attr("about", {"a": None})
    study.tell(trial, 0.0)
    (row,) = load_trials("study", results=tmp_path).to_dict("records")
    assert (row["sizes"], row["about"]) == ([1, 2], {"a": None})


@pytest.mark.parametrize("name", ["value", "state", "number", "duration"])
def test_a_user_attr_may_be_called_like_a_column(tmp_path: Path, name: str) -> None:
    study = create(tmp_path, "minimize")
    trial = study.ask()
    trial.set_user_attr(name, "theirs")
    study.tell(trial, 0.5)
    table = load_trials("study", results=tmp_path)
    assert list(table["number"]) == [0]
    assert list(table["value"]) == [0.5]


def test_trials_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    study = create(tmp_path, "minimize")
    trials = [study.ask() for _ in range(5)]
    for trial in reversed(trials):
        study.tell(trial, float(trial.number))
    table = load_trials("study", results=tmp_path)
    assert list(table["number"]) == list(table["value"]) == [0, 1, 2, 3, 4]
    assert list(table.index) == [0, 1, 2, 3, 4]


def test_the_storage_may_be_named_instead_of_the_folder(tmp_path: Path) -> None:
    create(tmp_path, "minimize")
    url = f"sqlite:///{tmp_path}/studies.db"
    assert load_trials("study", results="nowhere", storage=url).empty


def test_curves_are_what_the_trials_reported(tmp_path: Path) -> None:
    study = create(tmp_path, "minimize")
    reports = {0: {20: 0.5, 10: 1.5}, 1: {}, 2: {10: inf, 20: -inf, 30: nan}}
    for values in reports.values():
        trial = study.ask()
        for step, value in values.items():
            trial.report(value, step)
    curves = load_curves("study", results=tmp_path)
    expected = pd.DataFrame(
        {
            "trial": [0, 0, 2, 2, 2],
            "step": [10, 20, 10, 20, 30],
            "metric": pd.Categorical(["value"] * 5),
            "value": [1.5, 0.5, inf, -inf, nan],
        }
    )
    pd.testing.assert_frame_equal(curves, expected)


def test_curves_of_a_swept_study_name_its_metric(tmp_path: Path) -> None:
    study = standin.sweep(study_of(), tmp_path, n_trials=2, n_jobs=1)
    curves = load_curves("study", results=tmp_path)
    assert curves["metric"].unique().tolist() == ["score"]
    told = [(t.number, *report) for t in study.trials for report in t.intermediate_values.items()]
    assert list(curves[["trial", "step", "value"]].itertuples(index=False, name=None)) == told


def test_curves_of_a_study_without_trials_are_an_empty_table(tmp_path: Path) -> None:
    create(tmp_path, "minimize")
    curves = load_curves("study", results=tmp_path)
    assert curves.empty
    assert curves.dtypes.astype(str).tolist() == ["int64", "int64", "category", "float64"]


@pytest.mark.parametrize("load", [load_trials, load_curves])
def test_an_unknown_study_is_refused(tmp_path: Path, load: Callable[..., pd.DataFrame]) -> None:
    create(tmp_path, "minimize")
    with pytest.raises(StorageError) as raised:
        load("other", results=tmp_path)
    assert str(raised.value) == (
        f"There is no study 'other' in {tmp_path}/studies.db. It has study."
    )


def test_a_results_folder_that_was_moved_or_copied_has_its_model_dirs_in_it(
    sweep: Callable[..., AskedStudy], results: Path, tmp_path: Path
) -> None:
    sweep(n_trials=2)
    sweep(name="heir", begin_with="study", n_trials=3)
    copied, elsewhere = tmp_path / "copied", tmp_path / "elsewhere"
    shutil.copytree(results, copied)
    shutil.copytree(results, elsewhere, ignore=shutil.ignore_patterns("trial-0001"))
    for place in (results, copied):
        dirs = list(load_trials("study", results=place)["model_dir"])
        assert dirs == [str(place / "study" / f"trial-{n:04d}" / "model") for n in (0, 1)]
        assert all(Path(model_dir).is_dir() for model_dir in dirs)
        assert load_trials("heir", results=place)["model_dir"][1] == dirs[1]
    shutil.rmtree(results)
    assert load_trials("study", results=elsewhere)["model_dir"][1] == str(
        results / "study" / "trial-0001" / "model"
    )
