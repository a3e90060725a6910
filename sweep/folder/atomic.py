"""Writes files completely or not at all, by renaming them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def write_json(path: Path, content: Any, *, synced: bool = False) -> None:
    """Writes JSON completely or not at all; what JSON cannot hold is written as its repr.

    NumPy's numbers and arrays are written as Python's numbers and lists. A synced file also
    survives a loss of power: otherwise the rename may be kept without the content, which leaves
    an empty file.
    """
    write_text(path, json.dumps(content, indent=2, default=_as_json) + "\n", synced=synced)


def _as_json(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else repr(value)


def write_text(path: Path, text: str, *, synced: bool = False) -> None:
    """Writes text completely or not at all."""
    temporary = path.with_suffix(path.suffix + ".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        if synced:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)
    if synced:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
