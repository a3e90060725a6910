"""A screen that can go away: a sweep continues without it, and ends with its own exit code."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

_STREAMS = ("stdout", "stderr")


def outlive_the_screen() -> None:
    """Drops the output of this process when nobody reads it any more, instead of raising errors.

    A standard stream that was closed when the process started is opened on /dev/null. Otherwise
    the next opened file, perhaps a database, would get its descriptor and the output.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # gets the lowest free number
    for descriptor, name in enumerate(_STREAMS, start=1):
        stream: TextIO | None = getattr(sys, name)
        if stream is None or _descriptor(stream) == descriptor:
            setattr(sys, name, _lasting(stream, descriptor))


class _Screen(io.FileIO):
    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)

    def write(self, text: Any, /) -> int:
        with suppress(OSError):
            return super().write(text) or 0
        return memoryview(text).nbytes


def _lasting(stream: TextIO | None, descriptor: int) -> TextIO:
    if stream is not None:
        with suppress(OSError):
            stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Screen(descriptor)),
        encoding="utf-8" if stream is None else stream.encoding,
        errors="backslashreplace" if stream is None else stream.errors,
        line_buffering=True,
    )


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError, AttributeError):  # not a file, as in a notebook
        return None
