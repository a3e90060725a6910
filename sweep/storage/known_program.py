"""Finds a study by what a person names: its file, or a program that was swept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep import attrs
from sweep.storage.kept_study import read_kept_study
from sweep.study.files import find_study
from sweep.study.program_record import from_record, program_file
from sweep.study.spec import StudySpec


@dataclass(frozen=True)
class Known:
    """A study that was found."""

    study: StudySpec | Path
    """What `take_study` accepts."""
    name: str | None
    """The study's name in the database; None if its file says it."""


def find_known(study: StudySpec | str | Path, name: str | None, url: str) -> Known:
    """Finds the named study without loading it.

    A program with a sweep in the database is found by the study's name, and by its own path.

    Args:
        study: a StudySpec, the path of a study file or the name of one in `studies/`, a program
            that was swept, or the name of its study.
        name: the study's name in the database, if it is another.
        url: the database's URL.

    Raises:
        StudyError: there is no such study.
        StorageError: there is a database, but it cannot be read.
        UsageError: the program no longer exists.
    """
    if isinstance(study, StudySpec):
        return Known(study, name)
    given = Path(study)
    for known in filter(None, (name, _name_of(given))):
        record = read_kept_study(url, known).attrs.get(attrs.PROGRAM)
        if record is not None and _is_meant(given, record):
            return Known(from_record(record), name or known)
    return Known(find_study(str(study)), name)


def _is_meant(given: Path, record: Mapping[str, Any]) -> bool:
    """Whether the named file, if it is one, is the program."""
    return not given.is_file() or given.samefile(program_file(record))


def _name_of(study: Path) -> str:
    return study.stem if study.suffix == ".py" else str(study)
