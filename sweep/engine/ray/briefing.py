"""What an agent must know to run exactly the trials that the sweep wants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from sweep.engine.limits import Limits
from sweep.engine.ray.luggage import below
from sweep.errors import StudyError
from sweep.folder import token
from sweep.folder.mirror import find_mirror
from sweep.program.program import Program
from sweep.study.loader import LoadedStudy, declared_study, load_study_file
from sweep.study.spec import StudySpec
from sweep.trial.execution import Runner


@dataclass(frozen=True)
class Brief:
    """What an agent must know."""

    study: StudySpec | Path
    """The study, or the file to load it from."""
    sha256: str | None
    """The hash of the study's file that the sweep has loaded."""
    results: Path
    """The results folder, which all nodes share, unless it is remote."""
    remote: str | None
    """The URL of remote results, for which each node has its own local folder."""
    limits: Limits
    runner: Runner
    """What a forked attempt does with its order; pickled by its name."""
    token: Path | None = None
    """A file that the sweep wrote into the results folder, for every node to find."""


def make_brief(loaded: LoadedStudy, results: Path, limits: Limits, runner: Runner) -> Brief:
    """What agents must know about a study to run its trials.

    Raises:
        StudyError: the study cannot be loaded by another process.
    """
    mirror = find_mirror(results)
    remote = None if mirror is None else mirror.remote.url
    return Brief(_study_to_send(loaded), loaded.sha256, results, remote, limits, runner)


def load(brief: Brief, root: Path) -> LoadedStudy:
    """The same study as in the sweep.

    Args:
        brief: names the study.
        root: the folder in which the paths of its own files start here.

    Raises:
        SweepError: it cannot be loaded here, or would not be the same.
    """
    study = brief.study
    if isinstance(study, Path):
        loaded = load_study_file(below(root, study))
    else:
        loaded = declared_study(_moved(study, root))
    if loaded.sha256 != brief.sha256:
        raise StudyError(
            f"{loaded.file} has the SHA-256 {loaded.sha256} there, but {brief.sha256} where the "
            "sweep runs: put the same file there."
        )
    return loaded


def refuse_other_folder(brief: Brief) -> None:
    """Checks that the results folder here is the same as where the sweep runs.

    Raises:
        StudyError: it is another folder, or cannot be written to.
    """
    if brief.token is None or brief.remote is not None:
        return
    if not token.reads_back(brief.token):
        raise StudyError(
            f"{brief.results} is not the same folder there as where the sweep runs, because a file "
            "of the sweep is missing: mount the same folder under this path on all machines, for "
            "example with NFS, and name it with --results."
        )
    if not token.takes_files(brief.token):
        raise StudyError(
            f"{brief.results} cannot be written to there: allow the user that Ray runs as to write "
            "to it on all machines."
        )


def _moved(spec: StudySpec, root: Path) -> StudySpec:
    """The same study of a program whose files are below another root folder here."""
    program = spec.program
    if program is None or root == Path("/"):
        return spec
    content = program.to_json()
    directory = below(root, program.directory)
    if program.module is not None or not program.directory.is_dir():
        directory.mkdir(parents=True, exist_ok=True)
        content["directory"] = str(directory)
    content["file"] = str(below(root, program.file))
    return replace(spec, program=Program.from_json(content))


def _study_to_send(loaded: LoadedStudy) -> StudySpec | Path:
    program = loaded.spec.program
    if program is not None and loaded.file in (None, program.file):
        return loaded.spec
    if loaded.file is None:
        raise StudyError(
            "The study is not in a file, so no other machine can load it: put it into a file of "
            "its own."
        )
    return loaded.file
