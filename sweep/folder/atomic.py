"""Files that are written whole or not at all, by rename."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_json(path: Path, content: Any) -> None:
    """Writes JSON whole or not at all; what JSON cannot hold is written as its repr.

    NumPy's numbers and arrays are written as Python's numbers and lists.
    """
    write_text(path, json.dumps(content, indent=2, default=_as_json) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes text whole or not at all."""
    temporary = path.with_suffix(path.suffix + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _as_json(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else repr(value)
