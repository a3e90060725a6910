"""A full disk: how it is known, and when there is room enough to go on."""

from __future__ import annotations

import errno
import math
import os
import shutil
import time
from pathlib import Path

_WORDS = tuple(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT))
LEAST_ROOM = 16 * 2**20


def is_full(error: BaseException) -> bool:
    """Whether an error, Python's or TensorFlow's, says that there is no room left."""
    return any(words in str(error) for words in _WORDS)


class Room:
    """Whether the disk of a folder has room for a trial, as far as trials have found out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._needed = 0
        self._last_full = -math.inf

    @property
    def is_enough(self) -> bool:
        """Always so until a trial has found the disk full."""
        return self._needed == 0 or shutil.disk_usage(self._folder).free >= self._needed

    @property
    def needed(self) -> int:
        """Bytes that must be free before a trial begins; twice as many if they were too few."""
        return self._needed

    def note_full(self, began: float) -> None:
        """A trial that began at `began`, on the monotonic clock, has found the disk full."""
        if began > self._last_full:
            self._needed = max(LEAST_ROOM, 2 * self._needed)
            self._last_full = time.monotonic()
