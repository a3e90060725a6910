"""Which files belong to Python or to installed packages; all others may be a program's own.

A package that is installed in editable mode lies in its author's folder. It may be a program's own.
"""

from __future__ import annotations

import functools
import site
import sys
import sysconfig
from pathlib import Path

_OF_PACKAGES = {"site-packages", "dist-packages"}
"""Folders of installed packages, including those of another environment on sys.path."""


def is_installed(file: Path) -> bool:
    """Whether a file is Python's, an installed package's or sweep's."""
    return not _OF_PACKAGES.isdisjoint(file.parts) or any(map(file.is_relative_to, _folders()))


@functools.cache
def _folders() -> tuple[Path, ...]:
    kinds = ("stdlib", "platstdlib", "purelib", "platlib")
    sweep = sys.modules[__name__.partition(".")[0]].__path__
    folders = [*map(sysconfig.get_path, kinds), *site.getsitepackages(), *sweep]
    return tuple(map(Path, [*folders, site.getusersitepackages()]))
