"""All listeners of a sweep. Those that talk to a server must neither slow it down nor end it."""

from __future__ import annotations

import queue
import threading
import time
import warnings
from contextlib import suppress
from types import TracebackType

from sweep import events
from sweep.listeners.run_per_trial import RunPerTrial

LAST_WORDS = 60.0
"""How many seconds a finished sweep waits until its listeners have everything."""
PATIENCE = 5.0
"""How many of these seconds pass before it says that it waits."""


class Audience:
    """Passes every event to each listener; listeners that make runs have their own threads.

    If a listener fails in its thread, the others get one Notice about it, and it gets no more
    events. Errors of all other listeners are raised.
    """

    def __init__(self, *listeners: events.Listener) -> None:
        self._direct = [each for each in listeners if not isinstance(each, RunPerTrial)]
        self._aside = [_Aside(each) for each in listeners if isinstance(each, RunPerTrial)]

    def __call__(self, event: events.Event) -> None:
        for listener in self._direct:
            listener(event)
        for aside in self._aside:
            aside.put(event)
        self._tell_failures()

    def __enter__(self) -> Audience:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for aside in self._aside:
            aside.close()
        with suppress(KeyboardInterrupt):
            self._wait()
        for aside in self._aside:
            if aside.is_at_work(0):
                aside.failure = (
                    f"{aside.name} did not accept all events of this sweep in time, so its runs "
                    "may be incomplete: its server is slow or out of reach."
                )
        self._tell_failures()

    def _wait(self) -> None:
        end = time.monotonic() + LAST_WORDS
        for aside in self._aside:
            if aside.is_at_work(PATIENCE):
                self._tell(
                    f"{aside.name} is still sending: the sweep waits up to {LAST_WORDS:.0f} s for "
                    "it. Ctrl-C ends the wait."
                )
            aside.is_at_work(end - time.monotonic())

    def _tell_failures(self) -> None:
        for aside in self._aside:
            text, aside.failure = aside.failure, None
            if text is not None:
                self._tell(text)

    def _tell(self, text: str) -> None:
        for listener in self._direct:
            listener(events.Notice(text))
        if not self._direct:
            warnings.warn(text, stacklevel=2)


class _Aside:
    """One listener with its thread."""

    def __init__(self, listener: RunPerTrial) -> None:
        self.failure: str | None = None
        self.name = type(listener).__name__
        self._listener = listener
        self._events: queue.SimpleQueue[tuple[events.Event, float] | None] = queue.SimpleQueue()
        self._is_deaf = False
        # Not the thread's own end: Python 3.11 takes it for ended if Ctrl-C interrupts its join.
        self._has_ended = threading.Event()
        self._has_ended.set()

    def put(self, event: events.Event) -> None:
        if isinstance(event, events.SweepStarted):
            self._has_ended.clear()
            threading.Thread(target=self._listen, name=self.name, daemon=True).start()
        if not self._is_deaf:
            self._events.put((event, time.time()))

    def close(self) -> None:
        self._events.put(None)

    def is_at_work(self, seconds: float) -> bool:
        """Whether it has not sent everything by the end of this time."""
        return not self._has_ended.wait(max(seconds, 0))

    def _listen(self) -> None:
        try:
            while (heard := self._events.get()) is not None:
                self._listener.hear(*heard)
            self._listener.close()
        except Exception as error:
            self._is_deaf = True
            first_line = str(error).strip().partition("\n")[0]
            self.failure = (
                f"{self.name} failed, and the sweep continues without it: "
                f"{type(error).__name__}: {first_line}"
            )
        finally:
            self._has_ended.set()
