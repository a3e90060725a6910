"""Refuses paths that TensorFlow would take for a pattern."""

from __future__ import annotations

from pathlib import Path

from sweep.errors import UsageError

_OF_PATTERNS = "*?[\\"


def refuse_patterns(folder: Path) -> None:
    """Refuses a folder in which TensorFlow would take the paths of checkpoints for patterns.

    Raises:
        UsageError: the path has a character that is special in a pattern.
    """
    meant = "".join(sorted(set(_OF_PATTERNS).intersection(str(folder))))
    if meant:
        raise UsageError(
            f"{folder} has {meant} in its path. TensorFlow would take the path for a pattern and "
            "find no checkpoint there: use --results with a folder without *, ?, [ and \\."
        )
