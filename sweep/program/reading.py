"""A program read before it runs: what it is made of, and which TensorFlow it was written for."""

from __future__ import annotations

import importlib
from contextlib import suppress
from dataclasses import dataclass, replace

from sweep.importing import importing
from sweep.program.contrib import refuse_contrib
from sweep.program.program import Program
from sweep.program.sources import read_sources
from sweep.program.tensorflow1 import names_of_tensorflow_1

MOST_NAMES = 3


@dataclass(frozen=True)
class Reading:
    """What is known of a program that was read."""

    program: Program
    """With the TensorFlow that it was written for."""
    sha256: str
    """The hash of all its modules."""
    notices: tuple[str, ...]
    """What a person should know of it, in sentences."""


def read_program(program: Program) -> Reading:
    """Reads a program and the modules of its own that it imports, none of which is run.

    Raises:
        StudyError: it cannot be read, or needs names that TensorFlow has no more.
    """
    sources = read_sources(program.file, program.folder)
    refuse_contrib(sources)
    if program.tensorflow is not None:
        return Reading(program, sources.sha256, ())
    uses = names_of_tensorflow_1(sources)
    if not uses:
        return Reading(replace(program, tensorflow=2), sources.sha256, ())
    names = list(dict.fromkeys(use.name for use in uses))
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    notice = (
        f"{program} is a program of TensorFlow 1, for it uses {', '.join(names[:MOST_NAMES])}"
        f"{more}: its `import tensorflow` is answered by tensorflow.compat.v1. --tf2 leaves it as "
        "it is."
    )
    return Reading(replace(program, tensorflow=1), sources.sha256, (notice,))


def import_ahead(program: Program) -> None:
    """Imports the packages that a program imports, so that no process forked later needs to."""
    with importing():
        for name in sorted(read_sources(program.file, program.folder).imports):
            with suppress(Exception):  # which the program itself will meet
                importlib.import_module(name)
