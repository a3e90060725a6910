"""Another project's distribution called `sweep`, which cannot share an environment with this one.

This project's distribution is `estimator-sweep`, but its package is `sweep` too. Whichever of the
two is installed last overwrites the other.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sweep.errors import UsageError


def refuse_namesake() -> None:
    """Looks for the other distribution in the environment.

    Raises:
        UsageError: it is installed.
    """
    for place in sys.path:
        for found in Path(place).glob("sweep-*.dist-info"):
            if not _is_ours(found):
                version = found.stem.removeprefix("sweep-")
                raise UsageError(
                    f"Another project's distribution, sweep {version}, is installed beside "
                    "estimator-sweep, and its package `sweep` overwrites this one: run `pip "
                    "uninstall sweep`, then `pip install --force-reinstall estimator-sweep`."
                )


def _is_ours(found: Path) -> bool:
    """Whether it is this project, installed while its distribution was still called `sweep`."""
    entry_points = found / "entry_points.txt"
    return entry_points.is_file() and "sweep.cli:main" in entry_points.read_text(encoding="utf-8")
