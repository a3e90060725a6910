"""A path that TensorFlow would take for a pattern."""

from __future__ import annotations

from pathlib import Path

from sweep.errors import UsageError

_OF_PATTERNS = "*?[\\"


def refuse_patterns(folder: Path) -> None:
    """TensorFlow takes a checkpoint's path for a pattern, and would find none in such a folder.

    Raises:
        UsageError: the path has a character that means something else in a pattern.
    """
    meant = "".join(sorted(set(_OF_PATTERNS).intersection(str(folder))))
    if meant:
        raise UsageError(
            f"{folder} has {meant} in its path, which TensorFlow takes for a pattern, so that it "
            "would find no checkpoint there: name a folder without *, ?, [ and \\ by --results."
        )
