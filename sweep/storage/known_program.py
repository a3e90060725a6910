"""A study found by what a person calls it: its file, or a program that was swept."""

from __future__ import annotations

from pathlib import Path

from sweep import attrs
from sweep.storage.kept_study import read_kept_study
from sweep.study.files import find_study
from sweep.study.program_record import from_record
from sweep.study.spec import StudySpec


def find_known(study: StudySpec | str | Path, name: str | None, url: str) -> StudySpec | Path:
    """The study that is named, as `take_study` takes it; nothing is loaded.

    A program whose sweep is in the database is known by the study's name, and by its own path.

    Args:
        study: a StudySpec, the path of a study file or the name of one in `studies/`, or a program
            that was swept.
        name: the study's name in the database, where it is not that of the file.
        url: the database's.

    Raises:
        StudyError: there is no such study.
        StorageError: there is a database that cannot be read.
        UsageError: the program is no longer there.
    """
    if isinstance(study, StudySpec):
        return study
    given = Path(study)
    kept = read_kept_study(url, name or _name_of(given)).attrs.get(attrs.PROGRAM)
    if kept is None:
        return find_study(str(study))
    spec = from_record(kept)
    assert spec.program is not None
    if given.is_file() and not given.samefile(spec.program.file):
        return given
    return spec


def _name_of(study: Path) -> str:
    return study.stem if study.suffix == ".py" else str(study)
