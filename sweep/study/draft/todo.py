"""What a drafted study file leaves to a person, and the check that it was filled in."""

from __future__ import annotations

from pathlib import Path

from sweep import location
from sweep.errors import StudyError
from sweep.program.program import Program

TODO = "{TODO}"
"""Marks an argument that only a person can fill in."""


def refuse_unfilled(file: Path, program: Program) -> None:
    """Refuses a study file that still has something to fill in.

    Raises:
        StudyError: an argument is not filled in; the message names the first one.
    """
    for text in program.arguments:
        if TODO in text:
            lines = file.read_text(encoding="utf-8").splitlines()
            at = next((f", line {i}" for i, line in enumerate(lines, 1) if text in line), "")
            raise StudyError(
                f"{location.short(file)}{at}: {program} cannot run with {text}. Replace {TODO} "
                "with the value that the program needs."
            )
