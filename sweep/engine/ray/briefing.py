"""What an agent has to know, so that its trials are those that the sweep means."""

from __future__ import annotations

import importlib
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from sweep.engine.limits import Limits
from sweep.errors import StudyError
from sweep.study.loader import LoadedStudy, declared_study, load_study_file
from sweep.study.spec import StudySpec
from sweep.trial.execution import Runner


@dataclass(frozen=True)
class Brief:
    """What an agent has to know."""

    study: StudySpec | Path
    """The study, or the file that it loads it from."""
    sha256: str | None
    """The hash of the study's file, as the sweep has loaded it."""
    versions: dict[str, str]
    """Those that the sweep has."""
    results: Path
    limits: Limits
    runner: Runner
    """What a forked attempt does with its order; pickled by its name."""


def make_brief(loaded: LoadedStudy, results: Path, limits: Limits, runner: Runner) -> Brief:
    """What agents have to know of a study that is to be swept.

    Raises:
        StudyError: the study cannot be loaded by another process.
    """
    return Brief(_study_to_send(loaded), loaded.sha256, _versions(), results, limits, runner)


def load(brief: Brief) -> LoadedStudy:
    """The study as the sweep has it.

    Raises:
        SweepError: it cannot be loaded here, or would not be the same.
    """
    study = brief.study
    loaded = load_study_file(study) if isinstance(study, Path) else declared_study(study)
    if loaded.sha256 != brief.sha256:
        raise StudyError(
            f"{loaded.file} has the SHA-256 {loaded.sha256} there, and not {brief.sha256} as where "
            "the sweep runs: put the same file there."
        )
    for what, version in _versions().items():
        if version != brief.versions[what]:
            raise StudyError(
                f"{what} {version} is installed there, and not {brief.versions[what]} as where the "
                "sweep runs: install the same."
            )
    return loaded


def _study_to_send(loaded: LoadedStudy) -> StudySpec | Path:
    program = loaded.spec.program
    if program is not None and loaded.file in (None, program.file):
        return loaded.spec
    if loaded.file is None:
        raise StudyError(
            "The study was declared in no file, so no other machine can load it: put it in a file "
            "of its own."
        )
    return loaded.file


def _versions() -> dict[str, str]:
    """What has to be alike; TensorFlow is loaded with the study."""
    return {
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "sweep": metadata.version("estimator-sweep"),
        "TensorFlow": str(importlib.import_module("tensorflow").__version__),
    }
