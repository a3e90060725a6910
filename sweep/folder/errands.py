"""Does work on remote storage in a thread, in order, each piece until it succeeds."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from sweep.errors import RemoteError

SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
Say = Callable[[str], None]


class Errands:
    """A thread that does one piece of work after the other.

    While the storage fails, pieces wait in order and are retried after growing pauses.

    Args:
        url: the storage's URL.
        say: is called, from the thread, when the storage fails and when it is back.
    """

    def __init__(self, url: str, say: Say) -> None:
        self._url = url
        self._say = say
        self._waiting: OrderedDict[Hashable, Callable[[], None]] = OrderedDict()
        self._changed = threading.Condition()
        self._is_at_work = self._is_closed = False
        self._fails_since: float | None = None
        self._thread: threading.Thread | None = None

    def submit(self, key: Hashable, work: Callable[[], None]) -> None:
        """Adds work; it replaces work that waits under the same key.

        The thread starts with the first work, so that the process can fork before.
        """
        with self._changed:
            self._waiting[key] = work
            self._changed.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether all work is done."""
        with self._changed:
            return not self._waiting and not self._is_at_work

    @property
    def seconds_of_failure(self) -> float:
        """How long the storage has been failing; 0 if it works."""
        since = self._fails_since
        return 0.0 if since is None else time.monotonic() - since

    def wait(self, seconds: float) -> bool:
        """Waits until all work is done, and returns whether it is."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._waiting and not self._is_at_work, seconds
            )

    def close(self) -> None:
        """Starts no more work."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closed)
                if self._is_closed:
                    return
                key, work = self._waiting.popitem(last=False)
                self._is_at_work = True
            try:
                work()
            except (RemoteError, OSError) as error:
                self._put_back(key, work)
                self._note(error)
                with self._changed:
                    self._changed.wait_for(lambda: self._is_closed, pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = SHORTEST_PAUSE
                if self._fails_since is not None:
                    self._fails_since = None
                    self._say(f"{self._url} is back, and missing files are uploaded.")
            finally:
                with self._changed:
                    self._is_at_work = False
                    self._changed.notify_all()

    def _put_back(self, key: Hashable, work: Callable[[], None]) -> None:
        with self._changed:
            self._waiting.setdefault(key, work)
            self._waiting.move_to_end(key, last=False)

    def _note(self, error: Exception) -> None:
        if self._fails_since is None:
            self._fails_since = time.monotonic()
            self._say(
                f"{error} Trials continue, and their files are kept here until they can be "
                "uploaded."
            )
