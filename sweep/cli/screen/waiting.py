"""A line that says what a command waits for, before anything that can draw is imported."""

from __future__ import annotations

import os
import shutil
import sys
from types import TracebackType
from typing import Self

_ERASE = "\r\x1b[2K"


class Waiting:
    """A line on a terminal, until the block ends or `clear` is called. Elsewhere nothing.

    Args:
        what: what the command waits for.
    """

    def __init__(self, what: str) -> None:
        self._is_shown = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        if self._is_shown:
            width = shutil.get_terminal_size().columns
            line = what if len(what) < width else f"{what[: width - 2]}…"
            print(line, end="", flush=True)

    def clear(self) -> None:
        """Removes the line from the screen, because something else comes in its place."""
        if self._is_shown:
            print(_ERASE, end="", flush=True)
        self._is_shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.clear()
