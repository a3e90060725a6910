"""SIGINT, SIGTERM and SIGHUP, noted instead of raised, so that a sweep can end in order.

Code of the study's that runs in this process (a search space, a sampler, a pruner) may never come
back. It is broken off by a signal, but never in the middle of a call to the database.
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
    """A signal has ended code of the study's that did not come back by itself."""


class Interruption:
    """While entered, counts the signals that ask this process to end.

    Outside the main thread Python hears no signals: there it stays at zero.
    """

    def __init__(self) -> None:
        self.count = 0
        self.signal: signal.Signals | None = None
        self._breaks_at: int | None = None
        """The signal from which on the code that runs is broken off."""
        self._is_trying_again = False
        self._handlers: dict[signal.Signals, Any] = {}
        self._alarm = Alarm()

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._handlers = {
                number: signal.signal(number, self._note)
                for number in SIGNALS
                # Under nohup a closed terminal is no reason to end.
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
        """Lets the first signal end the block, before any trial starts.

        Raises:
            Interrupted: a signal has come.
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
        """Lets the second signal end the block, in which code of the study's runs.

        Args:
            say: is told when the block takes long.
            what: the code.

        Raises:
            BrokenOff: a signal has come while the block ran, the second or a later one.
        """
        with self.told_if_slow(say, what, "Two interrupts end the sweep."), self._breaking(2):
            yield

    def told_if_slow(
        self, say: Callable[[str], None], what: str, remedy: str
    ) -> AbstractContextManager[None]:
        """Has it said when the block takes long.

        Args:
            say: is told of it, from another thread.
            what: runs in the block.
            remedy: what a person can do.
        """
        text = f"{what} has not come back for {SECONDS_OF_PATIENCE:.0f} s. {remedy}"
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
    """Whether a call to the database is under way."""
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith(_DATABASE):
            return True
        frame = frame.f_back
    return False
