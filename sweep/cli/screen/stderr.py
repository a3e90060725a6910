"""Keeping what TensorFlow prints off the screen."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from sweep.errors import SweepError


@contextmanager
def captured_stderr() -> Iterator[list[str]]:
    """Captures what this process writes to its standard error, from C++ as well.

    The list holds the text when the block has ended, however it ended.
    """
    captured: list[str] = []
    sys.stderr.flush()
    screen = os.dup(2)
    with tempfile.TemporaryFile("w+", errors="replace") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield captured
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)
            file.seek(0)
            captured.append(file.read())


@contextmanager
def working(what: str) -> Iterator[None]:
    """Says on a terminal what is being done; what that prints is shown only if it goes wrong."""
    from rich.console import Console  # here, for most commands have no use for it

    captured: list[str] = []
    try:
        with (
            Console(file=sys.stdout).status(what),
            captured_stderr() as captured,
            redirect_stdout(sys.stderr),
        ):
            yield
    except SweepError:
        raise
    except Exception:
        print("".join(captured), file=sys.stderr, end="")
        raise
