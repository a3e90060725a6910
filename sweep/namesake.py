"""Another project's distribution called `sweep`, which this one shares no environment with.

Its files lie in a package of the same name, so that whichever was installed last has broken the
other. This project's distribution is `estimator-sweep`; its package is `sweep`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sweep.errors import UsageError


def refuse_namesake() -> None:
    """Looks through the environment for the other distribution.

    Raises:
        UsageError: it is installed.
    """
    for place in sys.path:
        for found in Path(place).glob("sweep-*.dist-info"):
            if not _is_ours(found):
                version = found.stem.removeprefix("sweep-")
                raise UsageError(
                    f"The distribution sweep {version}, another project's, is installed beside "
                    "estimator-sweep, and each has a package `sweep` that overwrites the other's: "
                    "run `pip uninstall sweep`, then `pip install --force-reinstall "
                    "estimator-sweep`."
                )


def _is_ours(found: Path) -> bool:
    """Whether it is this project, installed when its distribution had the name of its package."""
    entry_points = found / "entry_points.txt"
    return entry_points.is_file() and "sweep.cli:main" in entry_points.read_text(encoding="utf-8")
