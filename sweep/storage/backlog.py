"""Waits for a database that is locked, full or unreachable, so that no result is lost."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from sqlalchemy.exc import SQLAlchemyError

from sweep.errors import StorageError
from sweep.storage.database import cause

SECONDS_TO_OPEN = 60.0
SECONDS_TO_WRITE = 3600.0
SECONDS_BETWEEN_TRIES = 1.0
_TROUBLE = (StorageInternalError, SQLAlchemyError)
_LOCKED = "database is locked"
"""The error that another process causes by writing."""
_BEING_SET_UP = ("already exists", "duplicate key", "UNIQUE constraint failed")
"""Errors that another process causes by creating the tables or the study at the same moment."""

Result = TypeVar("Result")
Say = Callable[[str], None]


def patiently(action: Callable[[], Result], say: Say) -> Result:
    """Repeats `action` while another process prevents it.

    Raises:
        StorageError: it failed for another reason, or for SECONDS_TO_OPEN.
    """
    deadline = time.monotonic() + SECONDS_TO_OPEN
    said = False
    while True:
        try:
            return action()
        except (StorageError, *_TROUBLE) as error:
            why = cause(error)
            is_set_up = any(words in why for words in _BEING_SET_UP)
            if time.monotonic() > deadline or not (is_set_up or _LOCKED in why):
                if isinstance(error, StorageError):
                    raise
                raise StorageError(f"The database cannot be used: {why}.") from error
        if not said:
            reason = "another process is setting it up" if is_set_up else why
            say(f"Waiting for the database ({reason}).")
            said = True
        time.sleep(SECONDS_BETWEEN_TRIES)


class Backlog:
    """Writes to the database in order, each repeated until it succeeds.

    While one fails, later writes wait, and running trials continue.

    Args:
        probe: a write that changes nothing.
        say: is called when the database becomes unreachable, and when it is back.
        check: raises if there is no use in writing any more.
    """

    def __init__(
        self,
        probe: Callable[[], object],
        say: Say,
        check: Callable[[], object] = lambda: None,
    ) -> None:
        self._probe = probe
        self._check = check
        self._say = say
        self._writes: deque[Callable[[], object]] = deque()
        self._since: float | None = None
        self._next_try = 0.0

    @property
    def holds_writes(self) -> bool:
        """Whether a write is waiting."""
        return bool(self._writes)

    @property
    def is_behind(self) -> bool:
        """Whether the database was unreachable when it was last tried."""
        return self._since is not None

    def write(self, action: Callable[[], object]) -> None:
        """Does `action` now or as soon as the database allows. It must be safe to do twice.

        Writes about a trial that another process has told meanwhile are dropped.
        """
        self._writes.append(action)
        self.catch_up()

    def attempt(self, action: Callable[[], Result], otherwise: Result) -> Result:
        """Does `action` now or not at all; returns `otherwise` if it cannot be done now."""
        if self.is_behind:
            return otherwise
        try:
            return action()
        except _TROUBLE as error:
            self._note(error)
            return otherwise

    def catch_up(self) -> None:
        """Does the waiting writes, unless that was tried a moment ago.

        Raises:
            StorageError: the database has been unreachable for SECONDS_TO_WRITE, or was removed or
                replaced.
        """
        self._check()
        if time.monotonic() < self._next_try:
            return
        try:
            if self.is_behind:
                self._probe()
            while self._writes:
                with suppress(UpdateFinishedTrialError):
                    self._writes[0]()
                self._writes.popleft()
        except _TROUBLE as error:
            self._note(error)
            return
        if self.is_behind:
            self._since = None
            self._say("The database is back and has all results.")

    def _note(self, error: Exception) -> None:
        now = time.monotonic()
        self._next_try = now + SECONDS_BETWEEN_TRIES
        if self._since is None:
            self._since = now
            self._say(
                f"The database cannot be written to ({cause(error)}). Running trials continue, no "
                "new ones start, and their reports are kept until the database is back."
            )
        elif now - self._since > SECONDS_TO_WRITE:
            raise StorageError(
                f"The database could not be written to for {SECONDS_TO_WRITE / 60:.0f} minutes "
                f"({cause(error)}). Each trial's result is in its folder: run the same command "
                "again to record it."
            ) from error
