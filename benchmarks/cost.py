"""What a command costs with everything it starts: wall and CPU time, memory and writes."""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_PR_SET_CHILD_SUBREAPER = 36
SECONDS_BETWEEN_WEIGHINGS = 3.0


@dataclass(frozen=True)
class Cost:
    """What one run of a command cost."""

    seconds: float
    cpu_seconds: float
    """Of all processes; for those that nobody waited for, such as Ray's workers, what was seen."""
    peak_bytes: int
    """The peak memory of all processes together, with shared pages counted once."""
    written_bytes: int


def cost_of(command: Sequence[str], env: Mapping[str, str], folder: Path) -> Cost:
    """Runs a command in a folder to its end.

    Raises:
        RuntimeError: it failed; the message has the end of its output.
    """
    with ProcessPoolExecutor(1) as pool:  # a process that adopts what the command leaves behind
        return pool.submit(_run, command, env, folder).result()


def _run(command: Sequence[str], env: Mapping[str, str], folder: Path) -> Cost:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    written, peak, began = _written_bytes(), 0, time.monotonic()
    seen: dict[int, float] = {}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=env, cwd=folder, stdout=output, stderr=output)
        while not _has_ended(process):
            peak = max(peak, _memory())
            seen |= _cpu_seconds_by_process()
        seconds = time.monotonic() - began
        if process.returncode != 0:
            output.seek(0)
            raise RuntimeError(f"{command} failed:\n{output.read().decode()[-2000:]}")
    _reap_all()
    cpu_seconds = max(_cpu_seconds_waited_for(), sum(seen.values()))
    return Cost(seconds, cpu_seconds, peak, _written_bytes() - written)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    with suppress(subprocess.TimeoutExpired):
        process.wait(SECONDS_BETWEEN_WEIGHINGS)
    return process.returncode is not None


def _memory() -> int:
    return sum(_proportional_size(child) for child in psutil.Process().children(recursive=True))


def _proportional_size(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, OSError):  # it has ended
        return 0


def _reap_all() -> None:
    """Ends what the command left behind, so that its cost is counted too."""
    for process in psutil.Process().children(recursive=True):
        process.kill()
    with suppress(ChildProcessError):
        while True:
            os.wait()


def _cpu_seconds_by_process() -> dict[int, float]:
    seconds = {}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            times = process.cpu_times()
            seconds[process.pid] = times.user + times.system
    return seconds


def _cpu_seconds_waited_for() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _written_bytes() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))
