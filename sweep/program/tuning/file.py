"""A tuning file, of whichever service it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sweep.errors import StudyError
from sweep.program.tuning.cloud_ml import read_hyperparameters
from sweep.program.tuning.fields import Section, read_fields
from sweep.program.tuning.tuning import Tuning
from sweep.program.tuning.vertex import read_study_spec


def read_tuning_file(path: str | Path) -> Tuning:
    """What a tuning file asks for.

    It is a training job of AI Platform (`trainingInput.hyperparameters`, or `hyperparameters`
    alone) or a tuning job of Vertex AI (`studySpec`). What such a job says besides, of machines and
    of the program, is not for a sweep.

    Raises:
        StudyError: it cannot be read, is neither, or has a field that is missing or wrong.
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
            f"{job.whole.file} is more than one tuning file, with {' and '.join(paths)}: leave "
            "one of them."
        )
    if study is not None:
        return read_study_spec(job, study)
    if training is not None:
        return read_hyperparameters(training.section().require("hyperparameters"))
    if alone is not None:
        return read_hyperparameters(alone)
    raise StudyError(
        f"{job.whole.file} is no tuning file: it must have trainingInput.hyperparameters, as AI "
        f"Platform takes them, or studySpec, as Vertex AI does, but has "
        f"{', '.join(names) or 'nothing'}."
    )
