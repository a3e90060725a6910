"""Reads a program before it runs: its files, and the TensorFlow that it was written for."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sweep import location
from sweep.errors import StudyError
from sweep.program.contrib import refuse_contrib
from sweep.program.flags import declared_flags
from sweep.program.installed import is_installed
from sweep.program.misspelt import undeclared
from sweep.program.program import Program
from sweep.program.sources import Sources, read_sources
from sweep.program.tensorflow1 import names_of_tensorflow_1

MOST_NAMES = 3


@dataclass(frozen=True)
class Reading:
    """What is known about a program that was read."""

    program: Program
    """The program, with the TensorFlow that it was written for and its flags that take no value."""
    sha256: str
    """The hash of all its modules."""
    notices: tuple[str, ...]
    """What a person should know about it, in sentences."""


def read_program(program: Program, varied: Sequence[str] = ()) -> Reading:
    """Reads a program and those of its own modules that it imports. None of them is run.

    Args:
        program: the program.
        varied: the flags that a sweep varies, as far as they are known.

    Raises:
        StudyError: it cannot be read, needs names that TensorFlow no longer has, would import
            other modules in place of its own, or has a flag that a varied one is a typo of.
    """
    sources = read_sources(program.file, program.folder)
    _refuse_hidden(sources, program.folder)
    refuse_contrib(sources)
    flags = declared_flags(sources)
    notices = tuple(undeclared(program, flags, varied))
    switches = {
        spelling.lstrip("-"): flag.typed_off
        for flag in flags
        if flag.is_switch
        for spelling in flag.spellings
    }
    if program.tensorflow is not None:
        return Reading(program.as_read(program.tensorflow, switches), sources.sha256, notices)
    uses = names_of_tensorflow_1(sources)
    if not uses:
        return Reading(program.as_read(2, switches), sources.sha256, notices)
    names = list(dict.fromkeys(use.name for use in uses))
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    notice = (
        f"{program} was written for TensorFlow 1, because it uses {', '.join(names[:MOST_NAMES])}"
        f"{more}: its `import tensorflow` imports tensorflow.compat.v1. --tf2 switches that off."
    )
    return Reading(program.as_read(1, switches), sources.sha256, (notice, *notices))


def _refuse_hidden(sources: Sources, folder: Path) -> None:
    """Refuses modules that the program could not import, because sweep has loaded namesakes.

    Raises:
        StudyError: there is such a module.
    """
    for source in sources.files[1:]:
        place = source.file.parent if source.file.name == "__init__.py" else source.file
        loaded = getattr(sys.modules.get(place.stem), "__file__", None)
        if place.parent != folder or loaded is None or Path(loaded) == source.file:
            continue
        if is_installed(Path(loaded)):
            raise StudyError(
                f"{location.short(source.file)} has the name of a package that sweep has loaded "
                f"({loaded}), so the program would import that package: rename the file."
            )


def mentions(program: Program, metric: str) -> bool:
    """Whether a program may report a metric in another way than by an evaluation.

    Scopes may be put before a summary's tag, so only the last part of the metric is looked for.
    """
    last = metric.rpartition("/")[2]
    nodes = (
        node
        for source in read_sources(program.file, program.folder).files
        for node in ast.walk(source.tree)
    )
    texts = (node.value for node in nodes if isinstance(node, ast.Constant))
    return any(isinstance(text, str) and last in text for text in texts)
