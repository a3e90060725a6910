"""A trained trial is found with its params, or one sentence says why not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest

from sweep.errors import StorageError, SweepError, UsageError
from sweep.model.finding import find_trained
from sweep.model.trained import StudyLocation, TrainedTrial
from sweep.storage.url import storage_url
from sweep.study.loader import LoadedStudy
from sweep.study.spec import StudySpec
from tests import standin

Sweep = Callable[..., Any]


def find(
    results: Path, number: int | None = None, spec: StudySpec | None = None, **fields: Any
) -> TrainedTrial:
    study = LoadedStudy(spec or standin.study_of(), "study", **{"file": None, **fields})
    return find_trained(study, number, StudyLocation(results=results))


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
        f"{file} has changed since trial 0 was trained, so it may now build another model."
    )
    assert changed.params["act"] == "train"


@pytest.mark.parametrize(
    ("number", "error", "message"),
    [
        (2, StorageError, "Study 'study' has no trial 2: its trials are 0 to 1."),
        (
            1,
            StorageError,
            "Trial 1 of 'study' is WAITING: wait until it has ended, or name another trial.",
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
        "Trial 0 of 'study' was copied from old/0, where its model is: name that study and trial."
    )


def test_a_trial_of_another_program_is_one_sentence(sweep: Sweep, results: Path) -> None:
    study = sweep(n_trials=1)
    study.tell(optuna.Study.ask(study), 2.0)
    with pytest.raises(StorageError) as raised:
        find(results)
    assert str(raised.value) == (
        "Trial 1 of 'study' has no model, because another program than sweep added it: name "
        "another trial."
    )


def test_one_of_several_best_trials_must_be_named(sweep: Sweep, results: Path) -> None:
    spec = standin.study_of(metric=["score", "cost"], direction=["maximize", "maximize"])
    study = sweep(spec, n_trials=6)
    front = ", ".join(str(trial.number) for trial in study.best_trials)
    with pytest.raises(UsageError) as raised:
        find(results, None, spec)
    assert str(raised.value) == (
        f"Study 'study' has several best trials, {front}: name one of them, or the metric that "
        "decides."
    )


def test_the_folder_of_another_databases_trial_is_refused(
    sweep: Sweep, results: Path, tmp_path: Path
) -> None:
    sweep(n_trials=1)
    standin.sweep(standin.study_of(), tmp_path / "other", n_trials=1, n_jobs=1, seed=2)
    study = LoadedStudy(standin.study_of(), "study", None)
    with pytest.raises(StorageError) as raised:
        find_trained(study, 0, StudyLocation(None, tmp_path / "other", storage_url(results)))
    assert str(raised.value) == (
        f"{tmp_path}/other/study/trial-0000 is not the folder of trial 0 in this database: give "
        "the right results folder and storage."
    )


def test_a_database_that_is_missing_stays_missing(results: Path) -> None:
    with pytest.raises(StorageError):
        find(results)
    assert not results.exists()
