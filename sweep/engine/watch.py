"""Watching the limits of an attempt, on the monotonic clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psutil

from sweep.engine.limits import NO_LIMITS, Limits
from sweep.trial.exits import count_oom_kills
from sweep.trial.outcome import Cause, Failure

SECONDS_BETWEEN_WEIGHINGS = 0.5
SECONDS_BETWEEN_COUNTS = 0.25
LONGEST_PAUSE = 1.0
"""The most seconds counted at once. A longer pause means that the process was stopped."""


class RunningTime:
    """The seconds that this process has run. While it is stopped, it cannot answer attempts.

    A thread counts them, so a busy process counts as running.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds = 0.0
        self._last = time.monotonic()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._count, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()

    def __call__(self) -> float:
        """The seconds until now."""
        with self._lock:
            now = time.monotonic()
            self._seconds += min(now - self._last, LONGEST_PAUSE)
            self._last = now
            return self._seconds

    def _count(self) -> None:
        while not self._is_over.wait(SECONDS_BETWEEN_COUNTS):
            self()


class Watch:
    """Watches the limits of one attempt.

    Args:
        limits: its limits.
        clock: returns the seconds that count.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._began = self._progressed = self._weighed = clock()
        self._oom_kills = count_oom_kills()
        self._step = -1

    def note(self, step: int) -> None:
        """Records global_step."""
        if step > self._step:
            self._step = step
            self._progressed = self._clock()

    def kernel_has_killed(self) -> bool:
        """Whether the kernel killed a process for lack of memory since the attempt started."""
        return count_oom_kills() > self._oom_kills

    def verdict(self, pid: int) -> Failure | None:
        """The failure of the attempt if its process `pid` has passed a limit, otherwise None."""
        if self._limits == NO_LIMITS:
            return None
        now, limits = self._clock(), self._limits
        if limits.seconds is not None and now - self._began > limits.seconds:
            return Failure(Cause.TIMEOUT, f"it ran for more than {limits.seconds:g} s")
        if limits.stall_seconds is not None and now - self._progressed > limits.stall_seconds:
            where = f"global_step {self._step}" if self._step >= 0 else "its start"
            return Failure(
                Cause.STALLED, f"no progress from {where} for {limits.stall_seconds:g} s"
            )
        if limits.memory is not None and now - self._weighed > SECONDS_BETWEEN_WEIGHINGS:
            self._weighed = now
            used = _resident_memory(pid)
            if used > limits.memory:
                detail = f"it used {_mib(used)}, more than {_mib(limits.memory)}"
                return Failure(Cause.OUT_OF_MEMORY, detail)
        return None


def _resident_memory(pid: int) -> int:
    """The bytes of the process and its descendants; 0 if it is gone."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    return sum(_resident(member) for member in family)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _mib(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"
