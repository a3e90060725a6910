"""Imports the packages of a program before processes for its trials are forked."""

from __future__ import annotations

import importlib
import re
from contextlib import suppress
from importlib import metadata

from sweep.importing import importing
from sweep.program.program import Program
from sweep.program.sources import read_sources

_RUNTIMES = {"tensorflow", "tensorflow-cpu", "tf-keras", "keras", "jax", "torch"}
"""Packages that may start threads when they are imported. Threads do not survive a fork."""
_NAME = re.compile(r"[\w.-]+")


def import_ahead(program: Program) -> None:
    """Imports the packages that a program imports at its start, so that forked processes need not.

    Packages that are built on TensorFlow or another runtime are left to the trials.
    """
    wanted = read_sources(program.file, program.folder).imports
    packages = metadata.packages_distributions() if wanted else {}
    with importing():
        for module in sorted(wanted):
            distributions = packages.get(module.partition(".")[0], [])
            if not any(map(_is_built_on_a_runtime, distributions)):
                with suppress(Exception):  # the program itself will raise it
                    importlib.import_module(module)


def _is_built_on_a_runtime(distribution: str) -> bool:
    required = metadata.requires(distribution) or []
    always = (text for text in required if "extra ==" not in text)
    names = {match[0].lower() for text in always if (match := _NAME.match(text))}
    return bool(_RUNTIMES & {distribution.lower(), *names})
