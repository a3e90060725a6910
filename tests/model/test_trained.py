"""A trained trial whose model is gone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import FrozenTrial

from sweep.errors import StorageError
from sweep.folder.layout import TrialFolder
from sweep.model.finding import find_trained
from sweep.model.trained import StudyLocation
from sweep.study.loader import take_study
from tests.running import ROOT
from tests.schedule.trials import ended, paused

Sweep = Callable[..., Any]


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
        f"There is no checkpoint of trial 1 in {model_dir}: to train it again there from its "
        f"params and seed, run `{call}` in Python."
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
            "the checkpoint of a paused trial is deleted when the trial that continues it has its "
            "own: name that trial.",
        ),
        (
            ended(1, 0.9, continues=0),
            "train all legs of its training again with `sweep replay`, which takes --trial and "
            "--of.",
        ),
    ],
    ids=["paused", "last"],
)
def test_a_leg_whose_model_is_gone_is_not_to_be_trained_again_alone(
    digits_mlp: Path, tmp_path: Path, leg: FrozenTrial, remedy: str
) -> None:
    found = find_trained(take_study("digits_mlp"), 0, StudyLocation(results=digits_mlp))
    with pytest.raises(StorageError) as raised:
        replace(found, frozen=leg, paths=TrialFolder(tmp_path)).checkpoint()
    where = f"There is no checkpoint of trial {leg.number} in {tmp_path}/model: "
    assert str(raised.value) == where + remedy


@pytest.mark.tensorflow
@pytest.mark.xdist_group("digits_mlp")
def test_a_password_is_not_in_what_it_says_of_a_model_that_is_gone(
    digits_mlp: Path, tmp_path: Path
) -> None:
    found = find_trained(take_study("digits_mlp"), 0, StudyLocation(results=digits_mlp))
    location = StudyLocation(storage="postgresql://me:secret@host/name")
    with pytest.raises(StorageError, match=r"me:\*\*\*@host") as raised:
        replace(found, location=location, paths=TrialFolder(tmp_path)).checkpoint()
    assert "secret" not in str(raised.value)
