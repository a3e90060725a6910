"""Ctrl-C before a command has started anything that it must stop."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def hear_interrupts() -> None:
    """Reacts to Ctrl-C even if a shell without job control has set it to be ignored."""
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def told_of_interruption() -> Iterator[None]:
    """If the block is interrupted, ends the process with a sentence instead of a traceback."""
    try:
        yield
    except KeyboardInterrupt:
        print("sweep: Interrupted before anything was started.", file=sys.stderr)
        raise SystemExit(128 + signal.SIGINT) from None
