"""A warning from another thread when a block of code takes too long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS_BETWEEN_LOOKS = 0.5


class Alarm:
    """One thread watches all blocks, because one thread per block would cost a sweep more time.

    It starts with the first block, so a process can still be forked before that.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._due: tuple[float, Callable[[], None]] | None = None
        """When the innermost block takes too long, and what to do then."""
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def set(self, seconds: float, ring: Callable[[], None]) -> Iterator[None]:
        """Calls `ring` while the block runs, if the block takes longer than `seconds`."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, daemon=True)
            self._thread.start()
        before = self._due
        self._due = time.monotonic() + seconds, ring
        try:
            yield
        finally:
            with self._lock:
                self._due = before

    def close(self) -> None:
        """Ends the thread."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._closed.wait(SECONDS_BETWEEN_LOOKS):
            with self._lock:
                if self._due is not None and time.monotonic() > self._due[0]:
                    ring = self._due[1]
                    self._due = None
                    ring()
