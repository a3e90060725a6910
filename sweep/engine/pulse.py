"""Whether the process that starts trials still answers. It can be stopped or stuck."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

SECONDS_BETWEEN_BEATS = 1.0
SECONDS_TO_BEGIN = 120.0
"""It does not answer while it prepares itself."""
SECONDS_OF_SILENCE = 5.0
SECONDS_TO_ANSWER = 1.0
"""How long to wait for it when something must end at once."""


class Pulse:
    """Asks a process for a sign of life at intervals.

    Args:
        pid: the process.
        ask: asks it for any answer.
        say: gets a notice when it has not answered for a while, and when it answers again.
    """

    def __init__(self, pid: int, ask: Callable[[], None], say: Callable[[str], None]) -> None:
        self._pid = pid
        self._ask = ask
        self._say = say
        self._asked: float | None = time.monotonic()
        """When it was asked for an answer that has not come; its first message comes unasked."""
        self._patience = SECONDS_TO_BEGIN
        self._next = 0.0
        self._is_told = False

    def note(self) -> None:
        """Records that a message came."""
        self._asked, self._patience = None, SECONDS_OF_SILENCE
        self._next = time.monotonic() + SECONDS_BETWEEN_BEATS
        if self._is_told:
            self._is_told = False
            self._say(f"The process that starts trials (process {self._pid}) answers again.")

    def look(self) -> None:
        """Records that no message came, and asks for one when it is time."""
        now = time.monotonic()
        if self._asked is None and now >= self._next:
            self._asked = now
            self._ask()
        elif self._asked is not None and not self._is_told and now - self._asked > self._patience:
            self._is_told = True
            self._say(
                f"The process that starts trials (process {self._pid}) has not answered for "
                f"{self._patience:.0f} s{self._why()}. Running trials continue, but none can end "
                "or start. Two interrupts end the sweep."
            )

    @property
    def is_missed(self) -> bool:
        """Whether it has not answered for longer than it usually takes."""
        return self._asked is not None and time.monotonic() - self._asked > SECONDS_TO_ANSWER

    def _why(self) -> str:
        is_stopped = state_of(self._pid) in ("T", "t")
        return f" (stopped: `kill -CONT {self._pid}` continues it)" if is_stopped else ""


def state_of(pid: int) -> str | None:
    """A process's state in one letter, as `ps` has it; None when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None
