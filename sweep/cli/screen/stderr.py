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
    """Captures what this process writes to its standard error, including output from C++.

    After the block, the list holds the text, even if the block raised an error.
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
    """Says on a terminal what is being done; the output of the block is shown only if it fails."""
    from rich.console import Console  # imported here, because most commands do not need it

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
