"""SIGINT, SIGTERM and SIGHUP, counted instead of raised, so that a sweep can stop cleanly.

Code of the study that runs in this process (a search space, a sampler, a pruner) may never return.
A signal aborts it, but never in the middle of a call to the database.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from types import FrameType, TracebackType
from typing import Any, Self

from sweep.errors import Interrupted
from sweep.flow.alarm import Alarm

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_OF_PATIENCE = 10.0
_SECONDS_TO_TRY_AGAIN = 0.05
_DATABASE = ("sqlalchemy.", "sweep.storage.sweep_storage", "sweep.storage.database", "psycopg")


class BrokenOff(KeyboardInterrupt):
    """A signal aborted code of the study that did not return."""


class Interruption:
    """Inside the context, counts the signals that ask this process to stop.

    Python handles signals only in the main thread. In other threads the count stays at zero.
    """

    def __init__(self) -> None:
        self.count = 0
        self.signal: signal.Signals | None = None
        self._breaks_at: int | None = None
        """The number of the first signal that aborts the running code."""
        self._is_trying_again = False
        self._handlers: dict[signal.Signals, Any] = {}
        self._alarm = Alarm()

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._handlers = {
                number: signal.signal(number, self._note)
                for number in SIGNALS
                # Under nohup, a closed terminal is no reason to stop.
                if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
            }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._alarm.close()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    @contextmanager
    def before_trials(self) -> Iterator[None]:
        """Lets the first signal abort the block, before any trial starts.

        Raises:
            Interrupted: a signal came.
        """
        try:
            with self._breaking(1):
                if self.count:
                    raise BrokenOff
                yield
        except BrokenOff:
            self._breaks_at = None
            assert self.signal is not None
            raise Interrupted(
                f"Interrupted by {self.signal.name} before any trial started.", self.signal
            ) from None

    @contextmanager
    def code_of_the_study(self, say: Callable[[str], None], what: str) -> Iterator[None]:
        """Lets the second signal abort the block, which runs code of the study.

        Args:
            say: gets a notice when the block is slow.
            what: names the code.

        Raises:
            BrokenOff: the second or a later signal came while the block ran.
        """
        with self.told_if_slow(say, what, "Two interrupts end the sweep."), self._breaking(2):
            yield

    def told_if_slow(
        self, say: Callable[[str], None], what: str, remedy: str
    ) -> AbstractContextManager[None]:
        """Reports a block that is slow.

        Args:
            say: gets the notice, from another thread.
            what: names what runs in the block.
            remedy: what a person can do.
        """
        text = f"{what} has not returned for {SECONDS_OF_PATIENCE:.0f} s. {remedy}"
        return self._alarm.set(SECONDS_OF_PATIENCE, partial(say, text))

    @contextmanager
    def _breaking(self, first: int) -> Iterator[None]:
        before, self._breaks_at = self._breaks_at, first
        try:
            yield
        finally:
            self._breaks_at = before

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._is_trying_again:
            self._is_trying_again = False
        else:
            self.count += 1
            self.signal = signal.Signals(number)
        if self._breaks_at is None or self.count < self._breaks_at:
            return
        if not _calls_database(frame):
            raise BrokenOff
        self._is_trying_again = True
        main = threading.main_thread().ident
        again = threading.Timer(_SECONDS_TO_TRY_AGAIN, signal.pthread_kill, (main, number))
        again.daemon = True
        again.start()


def _calls_database(frame: FrameType | None) -> bool:
    """Whether a call to the database is running."""
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith(_DATABASE):
            return True
        frame = frame.f_back
    return False
