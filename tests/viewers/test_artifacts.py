"""What optuna-dashboard shows of a trial besides its numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from optuna.artifacts.exceptions import ArtifactNotFound

from sweep.storage.database import open_existing
from sweep.viewers.artifacts import TrialFiles

PNG = b"\x89PNG"


@pytest.fixture
def study(sweep: Callable[..., optuna.Study]) -> optuna.Study:
    return sweep(n_trials=2)


@pytest.fixture
def files(study: optuna.Study, results: Path) -> TrialFiles:
    url = f"sqlite:///{results}/studies.db"
    return TrialFiles(url, open_existing(url), results)


def artifact_id(trial: optuna.trial.FrozenTrial, filename: str) -> str:
    """The id of a trial's artifact, as Optuna finds it."""
    listed = [json.loads(v) for k, v in trial.system_attrs.items() if k.startswith("artifacts:")]
    (found,) = [meta["artifact_id"] for meta in listed if meta["filename"] == filename]
    return str(found)


def test_a_trial_lists_its_log_and_its_curve_where_optuna_looks(study: optuna.Study) -> None:
    for trial in study.trials:
        listed = optuna.artifacts.get_all_artifact_meta(trial, storage=study._storage)
        assert {(meta.filename, meta.mimetype) for meta in listed} == {
            ("log.txt", "text/plain"),
            ("curve.png", "image/png"),
        }


def test_the_log_is_the_trials_own(study: optuna.Study, files: TrialFiles, results: Path) -> None:
    (results / "study/trial-0001/log.txt").write_text("what trial 1 printed")
    with files.open_reader(artifact_id(study.trials[1], "log.txt")) as log:
        assert log.read() == b"what trial 1 printed"


def test_the_curve_is_a_picture_of_the_trial(study: optuna.Study, files: TrialFiles) -> None:
    pytest.importorskip("matplotlib")
    pictures = []
    for trial in study.trials:
        with files.open_reader(artifact_id(trial, "curve.png")) as picture:
            pictures.append(picture.read())
    assert all(picture.startswith(PNG) for picture in pictures)
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("unknown", ["1-63-0", "63-0-0", "1-0-9", "1-0", "zz", ""])
def test_an_artifact_that_is_not_there_is_said_not_to_be(files: TrialFiles, unknown: str) -> None:
    with pytest.raises(ArtifactNotFound):
        files.open_reader(unknown)


def test_taking_an_artifact_off_the_list_leaves_the_file(
    study: optuna.Study, files: TrialFiles, results: Path
) -> None:
    files.remove(artifact_id(study.trials[0], "log.txt"))
    assert (results / "study/trial-0000/log.txt").exists()
