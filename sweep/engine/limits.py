"""The limits of an attempt: time, time without progress, memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of one attempt; None is no limit."""

    seconds: float | None = None
    """The most seconds from its start to its end."""
    stall_seconds: float | None = None
    """The most seconds without a change of global_step. Building the model and an evaluation count
    too, so it must be longer than either takes."""
    memory: int | None = None
    """The most bytes of resident memory, of its process and all that it started."""


NO_LIMITS = Limits()
