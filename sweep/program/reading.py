"""A program read before it runs: what it is made of, and which TensorFlow it was written for."""

from __future__ import annotations

import ast
from dataclasses import dataclass

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
        return Reading(program.written_for(2), sources.sha256, ())
    names = list(dict.fromkeys(use.name for use in uses))
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    notice = (
        f"{program} is a program of TensorFlow 1, for it uses {', '.join(names[:MOST_NAMES])}"
        f"{more}: its `import tensorflow` is answered by tensorflow.compat.v1. --tf2 leaves it as "
        "it is."
    )
    return Reading(program.written_for(1), sources.sha256, (notice,))


def mentions(program: Program, metric: str) -> bool:
    """Whether a program may say a metric in another way than by an evaluation.

    A summary's tag may be put together by scopes, so its last part is looked for.
    """
    last = metric.rpartition("/")[2]
    nodes = (
        node
        for source in read_sources(program.file, program.folder).files
        for node in ast.walk(source.tree)
    )
    texts = (node.value for node in nodes if isinstance(node, ast.Constant))
    return any(isinstance(text, str) and last in text for text in texts)
