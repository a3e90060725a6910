"""A trained trial in Python code."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Sweep = Callable[..., Any]


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
