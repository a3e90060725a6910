"""The machine divided into slots, one for each trial that runs at a time."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import joblib

from sweep.errors import UsageError
from sweep.trial.messages import Resources


@dataclass(frozen=True)
class Machine:
    """What this process can use of the machine that it runs on."""

    cores: int
    gpus: tuple[str, ...] = ()
    """The GPUs, named as in CUDA_VISIBLE_DEVICES."""

    @classmethod
    def here(cls) -> Machine:
        """This machine, within the limits of CPU affinity, cgroups and CUDA_VISIBLE_DEVICES."""
        return cls(joblib.cpu_count(), _visible_gpus())


def divide(machine: Machine, n_jobs: int | None, n_tasks: int = 1) -> list[Resources]:
    """Resources for each slot: equal shares of the cores, and the GPUs in turn.

    Args:
        machine: the machine.
        n_jobs: how many trials run at a time; None is one for each GPU, or for each core if there
            is no GPU. With more jobs than GPUs, several trials share one.
        n_tasks: how many processes each trial has; without a GPU, each of them gets a core.

    Raises:
        UsageError: n_jobs is less than 1.
    """
    if n_jobs is not None and n_jobs < 1:
        raise UsageError(f"At least one trial must run at a time, but got n_jobs={n_jobs}.")
    n_slots = n_jobs or len(machine.gpus) or max(1, machine.cores // n_tasks)
    threads = max(1, machine.cores // n_slots)
    return [Resources(threads, _in_turn(machine.gpus, slot)) for slot in range(n_slots)]


def _in_turn(gpus: Sequence[str], slot: int) -> str | None:
    return gpus[slot % len(gpus)] if gpus else None


def _visible_gpus() -> tuple[str, ...]:
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return tuple(gpu for gpu in chosen.split(",") if gpu and gpu != "-1")
    if shutil.which("nvidia-smi") is None:
        return ()
    listing = subprocess.run(
        ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return tuple(listing.stdout.split()) if listing.returncode == 0 else ()
