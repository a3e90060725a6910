"""A full disk: how to recognize it, and when there is enough space to continue."""

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
    """Whether an error, Python's or TensorFlow's, means that there is no space left."""
    return any(words in str(error) for words in _WORDS)


class Room:
    """Whether the disk of a folder has space for a trial, as far as trials have found out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._needed = 0
        self._last_full = -math.inf

    @property
    def is_enough(self) -> bool:
        """True until a trial finds the disk full, and then whenever `needed` bytes are free."""
        return self._needed == 0 or shutil.disk_usage(self._folder).free >= self._needed

    @property
    def needed(self) -> int:
        """Bytes that must be free before a trial starts; doubled each time they were too few."""
        return self._needed

    def note_full(self, began: float) -> None:
        """A trial that started at `began`, on the monotonic clock, found the disk full."""
        if began > self._last_full:
            self._needed = max(LEAST_ROOM, 2 * self._needed)
            self._last_full = time.monotonic()
