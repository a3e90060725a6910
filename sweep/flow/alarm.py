"""Something that is said from another thread when a block of code takes too long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS_BETWEEN_LOOKS = 0.5


class Alarm:
    """One thread looks after block after block, since a thread for each would cost a sweep more.

    It starts with the first block, so that a process may still be forked before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._due: tuple[float, Callable[[], None]] | None = None
        """When the innermost block has taken too long, and what is done then."""
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def set(self, seconds: float, ring: Callable[[], None]) -> Iterator[None]:
        """Has `ring` called if the block takes longer than so many seconds, and not after it."""
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
