"""The text of a study file that runs as it is, to be replaced piece by piece."""

from __future__ import annotations

from pathlib import Path

_FILE = Path(__file__).with_name("example.py.txt")


def example() -> str:
    """The study file's content."""
    return _FILE.read_text(encoding="utf-8")
