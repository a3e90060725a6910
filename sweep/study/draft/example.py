"""The text of a complete study file, to be replaced piece by piece."""

from __future__ import annotations

from pathlib import Path

_FILE = Path(__file__).with_name("example.py.txt")


def example() -> str:
    """The text of the study file."""
    return _FILE.read_text(encoding="utf-8")
