"""Ctrl-C before a command has anything to end in order."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def hear_interrupts() -> None:
    """Has Ctrl-C heard also where a shell had it ignored, as one without job control does."""
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def told_of_interruption() -> Iterator[None]:
    """Ends the process with a sentence, and no traceback, where the block is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        print("sweep: Interrupted before anything was started.", file=sys.stderr)
        raise SystemExit(128 + signal.SIGINT) from None
