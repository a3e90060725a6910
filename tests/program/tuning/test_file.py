"""Which service a tuning file belongs to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sweep.errors import StudyError
from sweep.program.tuning.file import read_tuning_file
from tests.program.tuning.conftest import Read

PARAMS = [{"parameterName": "rate", "type": "DOUBLE", "minValue": 0, "maxValue": 1}]
HYPERPARAMETERS = {"goal": "MINIMIZE", "hyperparameterMetricTag": "loss", "params": PARAMS}
STUDY_SPEC = {
    "metrics": [{"metricId": "loss", "goal": "MINIMIZE"}],
    "parameters": [{"parameterId": "rate", "doubleValueSpec": {"minValue": 0, "maxValue": 1}}],
}


@pytest.mark.parametrize(
    "content",
    [
        {"jobId": "a", "trainingInput": {"region": "b", "hyperparameters": HYPERPARAMETERS}},
        {"training_input": {"scale_tier": "BASIC", "hyperparameters": HYPERPARAMETERS}},
        {"hyperparameters": HYPERPARAMETERS},
        {"studySpec": STUDY_SPEC, "trialJobSpec": {}},
        {"display_name": "a", "study_spec": STUDY_SPEC},
    ],
)
@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_each_form_of_a_tuning_file_is_read(content: object, suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"tuning.{suffix}"
    file.write_text(json.dumps(content, indent="\t" if suffix == "json" else 2))
    tuning = read_tuning_file(file)
    assert tuning.space.names == ("rate",)
    assert (tuning.metrics, tuning.directions) == (("loss",), ("minimize",))
    assert tuning.notices == ()


@pytest.mark.parametrize(
    ("content", "there"),
    [
        ({"a": 1, "b": 2}, "a, b"),
        ({}, "nothing"),
    ],
)
def test_a_file_of_neither_service_is_refused(content: object, there: str, read: Read) -> None:
    with pytest.raises(StudyError) as raised:
        read(json.dumps(content))
    assert str(raised.value) == (
        f"tuning.yaml is not a tuning file: it has {there}, but must have "
        "trainingInput.hyperparameters, as for AI Platform, or studySpec, as for Vertex AI."
    )


def test_a_job_that_tunes_nothing_is_refused(read: Read) -> None:
    with pytest.raises(StudyError) as raised:
        read("jobId: a\ntrainingInput:\n  region: b\n")
    assert str(raised.value) == (
        "tuning.yaml, line 2: trainingInput has no field hyperparameters: add it."
    )


def test_a_file_of_both_services_is_refused(read: Read) -> None:
    with pytest.raises(StudyError) as raised:
        read(json.dumps({"trainingInput": {}, "study_spec": STUDY_SPEC}))
    assert str(raised.value) == (
        "tuning.yaml is more than one tuning file, with study_spec and trainingInput: keep "
        "one of them."
    )


def test_a_file_that_is_no_mapping_is_refused(read: Read) -> None:
    with pytest.raises(StudyError) as raised:
        read("- a\n- b\n")
    assert str(raised.value) == (
        "tuning.yaml, line 1 is ['a', 'b'], but must be a mapping of names to values."
    )
