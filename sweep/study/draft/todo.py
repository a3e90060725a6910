"""What a drafted study file leaves to a person, and its refusal until that is filled in."""

from __future__ import annotations

from pathlib import Path

from sweep import location
from sweep.errors import StudyError
from sweep.program.program import Program

TODO = "{TODO}"
"""Stands in the arguments of a program for what only a person can say."""


def refuse_unfilled(file: Path, program: Program) -> None:
    """Refuses a study file in which something has still to be filled in.

    Raises:
        StudyError: it is so; the message names the first.
    """
    for text in program.arguments:
        if TODO in text:
            lines = file.read_text(encoding="utf-8").splitlines()
            at = next((f", line {i}" for i, line in enumerate(lines, 1) if text in line), "")
            raise StudyError(
                f"{location.short(file)}{at}: {program} cannot be run with {text}. Put what it "
                f"needs in the place of {TODO}."
            )
