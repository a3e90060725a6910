"""Why a process ended, judged by its exit status if it did not say so itself."""

from __future__ import annotations

import signal
from pathlib import Path

from sweep.trial.outcome import Cause, Failure


def failure_of_exit(returncode: int, *, kernel_has_killed: bool) -> Failure:
    """Why a process ended without an outcome.

    Args:
        returncode: as in `subprocess`.
        kernel_has_killed: whether the kernel killed a process meanwhile because memory ran out.
    """
    if returncode == -signal.SIGKILL and kernel_has_killed:
        return Failure(Cause.OUT_OF_MEMORY, "the kernel killed the process")
    if returncode < 0:
        return Failure(Cause.SIGNAL, _signal_name(-returncode))
    return Failure(Cause.EXIT, f"the process ended with code {returncode}")


def count_oom_kills() -> int:
    """How many processes this machine's kernel has killed for lack of memory, in all cgroups."""
    lines = Path("/proc/vmstat").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals have no name
        return str(number)
