"""The packages that a program imports, imported before processes for its trials are forked."""

from __future__ import annotations

import importlib
import re
from contextlib import suppress
from importlib import metadata

from sweep.importing import importing
from sweep.program.program import Program
from sweep.program.sources import read_sources

_RUNTIMES = {"tensorflow", "tensorflow-cpu", "tf-keras", "keras", "jax", "torch"}
"""What may start threads when it is imported, which no fork survives."""
_NAME = re.compile(r"[\w.-]+")


def import_ahead(program: Program) -> None:
    """Imports what a program imports when it starts, so that no process forked later needs to.

    Packages that are built on TensorFlow or its like are left to the trials.
    """
    wanted = read_sources(program.file, program.folder).imports
    packages = metadata.packages_distributions() if wanted else {}
    with importing():
        for module in sorted(wanted):
            distributions = packages.get(module.partition(".")[0], [])
            if not any(map(_is_built_on_a_runtime, distributions)):
                with suppress(Exception):  # which the program itself will meet
                    importlib.import_module(module)


def _is_built_on_a_runtime(distribution: str) -> bool:
    required = metadata.requires(distribution) or []
    always = (text for text in required if "extra ==" not in text)
    names = {match[0].lower() for text in always if (match := _NAME.match(text))}
    return bool(_RUNTIMES & {distribution.lower(), *names})
