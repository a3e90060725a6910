"""Ctrl-C before a command has anything to end in order."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def told_of_interruption() -> Iterator[None]:
    """Ends the process with a sentence, and no traceback, where the block is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        print("sweep: Interrupted before anything was begun.", file=sys.stderr)
        raise SystemExit(128 + signal.SIGINT) from None
