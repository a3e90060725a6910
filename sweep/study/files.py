"""Finds the study file that a name means."""

from __future__ import annotations

from pathlib import Path

from sweep.errors import StudyError
from sweep.wording import question

STUDIES = Path("studies")
DEFAULT_STUDY = "digits_mlp"


def find_study(study: str) -> Path:
    """The file that `study` means: a path, or a name in `studies/`.

    Raises:
        StudyError: there is no study file of that name.
    """
    named = STUDIES / f"{study}.py"
    given = Path(study)
    if given.is_file():
        return given
    if named.is_file():
        return named
    if study.endswith(".py"):
        beside = [str(file) for file in given.parent.glob("*.py")] if given.parent.is_dir() else []
        raise StudyError(f"There is no study file {study}{question(study, beside)}")
    names = sorted(file.stem for file in STUDIES.glob("*.py"))
    files = [str(file) for file in Path().glob("*.py")]
    beside = [f"{study}.py"] if f"{study}.py" in files else [*names, *files]
    raise StudyError(
        f"There is no study file {study!r}, neither as a path nor as {named}; "
        f"{STUDIES}/ has {', '.join(names) or 'no studies'}{question(study, beside)}"
    )
