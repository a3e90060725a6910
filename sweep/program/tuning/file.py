"""Reads a tuning file of either service."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sweep.errors import StudyError
from sweep.program.tuning.cloud_ml import read_hyperparameters
from sweep.program.tuning.fields import Section, read_fields
from sweep.program.tuning.tuning import Tuning
from sweep.program.tuning.vertex import read_study_spec


def read_tuning_file(path: str | Path) -> Tuning:
    """Reads a tuning file.

    It is a training job of AI Platform (`trainingInput.hyperparameters`, or `hyperparameters`
    alone) or a tuning job of Vertex AI (`studySpec`). What else a job says about machines and
    about the program does not concern a sweep.

    Raises:
        StudyError: the file cannot be read, is neither, or has a missing or wrong field.
    """
    whole = read_fields(Path(path))
    tuning = _read(whole.section())
    return replace(tuning, notices=tuple(whole.notices))


def _read(job: Section) -> Tuning:
    names = job.names
    study, training, alone = map(job.take, ("studySpec", "trainingInput", "hyperparameters"))
    paths = [found.path for found in (study, training, alone) if found is not None]
    if len(paths) > 1:
        raise StudyError(
            f"{job.whole.file} is more than one tuning file, with {' and '.join(paths)}: keep "
            "one of them."
        )
    if study is not None:
        return read_study_spec(job, study)
    if training is not None:
        return read_hyperparameters(training.section().require("hyperparameters"))
    if alone is not None:
        return read_hyperparameters(alone)
    raise StudyError(
        f"{job.whole.file} is not a tuning file: it has {', '.join(names) or 'nothing'}, but must "
        "have trainingInput.hyperparameters, as for AI Platform, or studySpec, as for Vertex "
        "AI."
    )
