"""Trials built again after they were trained."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import FrozenTrial

from sweep.errors import StorageError, SweepError, UsageError
from sweep.folder.layout import TrialFolder
from sweep.model.trained import TrainedTrial, Whereabouts, find_trained
from sweep.storage.url import storage_url
from sweep.study.loader import LoadedStudy, take_study
from sweep.study.spec import StudySpec
from tests import standin
from tests.running import ROOT
from tests.schedule.trials import ended, paused

Sweep = Callable[..., Any]


def find(
    results: Path, number: int | None = None, spec: StudySpec | None = None, **fields: Any
) -> TrainedTrial:
    study = LoadedStudy(spec or standin.study_of(), "study", **{"file": None, **fields})
    return find_trained(study, number, Whereabouts(results=results))


def test_the_best_trial_is_found_with_what_it_was_given(sweep: Sweep, results: Path) -> None:
    study = sweep(n_trials=4)
    found = find(results)
    assert found.frozen.number == study.best_trial.number
    assert found.params == {**study.best_trial.params, "act": "train"}
    assert found.seed == study.best_trial.user_attrs["seed"]
    assert str(found.paths.model_dir) == study.best_trial.user_attrs["model_dir"]
    assert found.warning() is None


def test_params_that_json_cannot_hold_are_what_the_search_space_returned(
    sweep: Sweep, results: Path
) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        layers = trial.suggest_int("layers", 1, 3)
        return {"x": 0.5, "act": "train", "units": (8,) * layers, "activation": max}

    spec = standin.study_of(search_space=space)
    study = sweep(spec, n_trials=1)
    expected = (8,) * study.trials[0].params["layers"]
    assert find(results, 0, spec).params["units"] == expected
    assert find(results, 0, spec).params["activation"] is max


def test_a_study_file_that_has_changed_is_warned_of_and_the_params_are_the_recorded(
    sweep: Sweep, results: Path, tmp_path: Path
) -> None:
    file = tmp_path / "study.py"
    file.write_text("the study as it was")
    sweep(n_trials=1, file=file)
    trained_with = hashlib.sha256(file.read_bytes()).hexdigest()
    assert find(results, 0, file=file, sha256=trained_with).warning() is None
    changed = find(results, 0, standin.study_of("fail now"), file=file, sha256="another")
    assert changed.warning() == (
        f"{file} has changed since trial 0 was trained: what it builds now may not be the model "
        "that was trained."
    )
    assert changed.params["act"] == "train"


@pytest.mark.parametrize(
    ("number", "error", "message"),
    [
        (2, StorageError, "Study 'study' has no trial 2, for it has 2 trials."),
        (
            1,
            StorageError,
            "Trial 1 of 'study' is WAITING: wait until it has ended, or name another.",
        ),
        (None, StorageError, "No trial of 'study' is complete yet."),
    ],
)
def test_a_trial_that_cannot_be_had_is_one_sentence(
    sweep: Sweep, results: Path, number: int | None, error: type[SweepError], message: str
) -> None:
    study = sweep(standin.study_of("fail nan loss"), n_trials=1)
    study.enqueue_trial({})
    with pytest.raises(error) as raised:
        find(results, number)
    assert str(raised.value) == message


def test_a_trial_that_was_taken_along_is_where_it_came_from(sweep: Sweep, results: Path) -> None:
    sweep(n_trials=1, name="old")
    sweep(n_trials=1, begin_with="old")
    with pytest.raises(StorageError) as raised:
        find(results)
    assert str(raised.value) == (
        "Trial 0 of 'study' was taken along from old/0, where its model is: name that study and "
        "trial."
    )


def test_a_trial_of_another_program_is_one_sentence(sweep: Sweep, results: Path) -> None:
    study = sweep(n_trials=1)
    study.tell(optuna.Study.ask(study), 2.0)
    with pytest.raises(StorageError) as raised:
        find(results)
    assert str(raised.value) == (
        "Trial 1 of 'study' was added by another program than sweep, so it has no model."
    )


def test_one_of_several_best_trials_must_be_named(sweep: Sweep, results: Path) -> None:
    spec = standin.study_of(metric=["score", "cost"], direction=["maximize", "maximize"])
    study = sweep(spec, n_trials=6)
    front = ", ".join(str(trial.number) for trial in study.best_trials)
    with pytest.raises(UsageError) as raised:
        find(results, None, spec)
    assert str(raised.value) == (f"Study 'study' has several best trials, {front}: say which one.")


def test_the_folder_of_another_databases_trial_is_refused(
    sweep: Sweep, results: Path, tmp_path: Path
) -> None:
    sweep(n_trials=1)
    standin.sweep(standin.study_of(), tmp_path / "other", n_trials=1, n_jobs=1, seed=2)
    study = LoadedStudy(standin.study_of(), "study", None)
    with pytest.raises(StorageError) as raised:
        find_trained(study, 0, Whereabouts(None, tmp_path / "other", storage_url(results)))
    assert str(raised.value) == (
        f"{tmp_path}/other/study/trial-0000 is not the folder of trial 0 in this database: name "
        "the right results folder and storage."
    )


def test_a_database_that_is_missing_stays_missing(results: Path) -> None:
    with pytest.raises(StorageError):
        find(results)
    assert not results.exists()


@pytest.mark.tensorflow
@pytest.mark.xdist_group("digits_mlp")
def test_the_estimator_evaluates_to_the_value_of_its_trial(digits_mlp: Path) -> None:
    from sweep import load_estimator, load_trial_spec, load_trials

    best = load_trials("digits_mlp", results=digits_mlp).nlargest(1, "value").iloc[0]
    _, _, eval_spec = load_trial_spec("digits_mlp", results=digits_mlp)
    estimator = load_estimator("digits_mlp", results=digits_mlp)
    assert estimator.model_dir == best["model_dir"]
    assert estimator.evaluate(eval_spec.input_fn)["accuracy"] == best["value"]
    assert len(list(estimator.predict(eval_spec.input_fn))) == 450


@pytest.mark.tensorflow
@pytest.mark.xdist_group("digits_mlp")
def test_python_code_is_warned_of_a_changed_study_file(digits_mlp: Path, tmp_path: Path) -> None:
    from sweep import load_trial_spec

    shutil.copytree(digits_mlp, tmp_path / "results")
    record = tmp_path / "results" / "digits_mlp" / "trial-0000" / "params.json"
    record.write_text(
        record.read_text().replace('"study_file_sha256": "', '"study_file_sha256": "0')
    )
    with pytest.warns(UserWarning, match="has changed since trial 0 was trained") as warned:
        load_trial_spec("digits_mlp", 0, results=tmp_path / "results")
    (warning,) = [warning for warning in warned if "has changed" in str(warning.message)]
    assert warning.filename == __file__


@pytest.mark.tensorflow
@pytest.mark.xdist_group("digits_mlp")
def test_a_trial_whose_model_is_gone_is_trained_again_to_the_same_value_as_it_says(
    digits_mlp: Path, tmp_path: Path
) -> None:
    import sweep

    results = tmp_path / "results"
    shutil.copytree(digits_mlp, results)
    model_dir = results / "digits_mlp" / "trial-0001" / "model"
    shutil.rmtree(model_dir)
    with pytest.raises(StorageError) as raised:
        sweep.load_estimator("digits_mlp", 1, results=results)
    call = (
        "sweep.estimator.train_and_evaluate(*sweep.load_trial_spec("
        f"'{ROOT}/studies/digits_mlp.py', 1, results='{results}'))"
    )
    assert str(raised.value) == (
        f"There is no checkpoint of trial 1 in {model_dir}: to train it there again from its "
        f"params and seed, run from Python `{call}`."
    )
    assert not model_dir.exists()
    metrics, _ = eval(call, {"sweep": sweep})
    assert metrics["accuracy"] == sweep.load_trials("digits_mlp", results=results)["value"][1]


@pytest.mark.tensorflow
@pytest.mark.xdist_group("digits_mlp")
@pytest.mark.parametrize(
    ("leg", "remedy"),
    [
        (
            paused(0, 0.5),
            "that of a paused trial goes as soon as a trial that continues it has its own: name "
            "that one.",
        ),
        (
            ended(1, 0.9, continues=0),
            "`sweep replay` trains again what the trial went through, from the beginning; it "
            "takes --trial and --of.",
        ),
    ],
    ids=["paused", "last"],
)
def test_a_leg_whose_model_is_gone_is_not_to_be_trained_again_alone(
    digits_mlp: Path, tmp_path: Path, leg: FrozenTrial, remedy: str
) -> None:
    found = find_trained(take_study("digits_mlp"), 0, Whereabouts(results=digits_mlp))
    with pytest.raises(StorageError) as raised:
        replace(found, frozen=leg, paths=TrialFolder(tmp_path)).checkpoint()
    where = f"There is no checkpoint of trial {leg.number} in {tmp_path}/model: "
    assert str(raised.value) == where + remedy


@pytest.mark.tensorflow
@pytest.mark.xdist_group("digits_mlp")
def test_a_password_is_not_in_what_it_says_of_a_model_that_is_gone(
    digits_mlp: Path, tmp_path: Path
) -> None:
    found = find_trained(take_study("digits_mlp"), 0, Whereabouts(results=digits_mlp))
    where = Whereabouts(storage="postgresql://me:secret@host/name")
    with pytest.raises(StorageError, match=r"me:\*\*\*@host") as raised:
        replace(found, where=where, paths=TrialFolder(tmp_path)).checkpoint()
    assert "secret" not in str(raised.value)
