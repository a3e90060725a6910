"""What an attempt may take: time, time without progress, memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The most that one attempt may take; None is no limit."""

    seconds: float | None = None
    """From its start to its end."""
    stall_seconds: float | None = None
    """Without a step of global_step. Building the model and an evaluation count too, so it must be
    longer than either takes."""
    memory: int | None = None
    """Bytes of resident memory, of its process and of all that it started."""


NO_LIMITS = Limits()
