"""Files that are written whole or not at all, by rename."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_json(path: Path, content: Any) -> None:
    """Writes JSON whole or not at all; what JSON cannot hold is written as its repr."""
    write_text(path, json.dumps(content, indent=2, default=repr) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes text whole or not at all."""
    temporary = path.with_suffix(path.suffix + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
