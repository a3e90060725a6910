"""The limits of a trial's process: its threads, its GPU, and the log for all its output."""

from __future__ import annotations

import faulthandler
import functools
import io
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from threadpoolctl import ThreadpoolController

from sweep.trial.messages import Resources


class _Log(io.FileIO):
    """A log that drops what does not fit on a full disk, and never fails the trial."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)

    def write(self, text: Any, /) -> int:
        with suppress(OSError):
            super().write(text)
        return memoryview(text).nbytes


def keep_to(resources: Resources) -> None:
    """Limits this process to the threads and the GPU of its slot."""
    threads = str(resources.threads)
    for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[variable] = threads
    limit_thread_pools(resources.threads)
    if resources.gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = resources.gpu
        os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"


def limit_thread_pools(threads: int) -> None:
    """Limits the threads of BLAS and OpenMP, in this process and in those that it forks.

    A limit that holds already is not set again. After a fork, that would make OpenBLAS start its
    threads at once, and these spin for a while before they sleep.
    """
    for library in _thread_pools().lib_controllers:
        if library.num_threads != threads:
            library.set_num_threads(threads)


@functools.cache
def _thread_pools() -> ThreadpoolController:
    """The thread pools of BLAS and OpenMP, found by searching all loaded libraries."""
    return ThreadpoolController()


def print_to(log: Path) -> None:
    """Sends the output of Python, TensorFlow and their children to the log from now on."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(_Log(fd), "utf-8", "backslashreplace", line_buffering=True)
        for fd in (1, 2)
    )
    _move_loggers(dict(zip(before, (sys.stdout, sys.stderr), strict=True)))
    faulthandler.enable(sys.stderr)  # so that the log shows where a crash happened


def _move_loggers(moved: Mapping[TextIO, TextIO]) -> None:
    """Has all loggers write to other streams, for those of a notebook lead to its page."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    for logger in loggers:
        for handler in getattr(logger, "handlers", ()):  # a PlaceHolder has none
            if isinstance(handler, logging.StreamHandler) and handler.stream in moved:
                handler.stream = moved[handler.stream]
