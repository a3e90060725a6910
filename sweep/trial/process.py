"""The life of a trial's process, read from top to bottom: `main`.

It ends with the process that started it, keeps to its slot's threads and GPU, and sends all it
prints to the trial's log. Its result is on the disk before the sweep hears of it.
"""

from __future__ import annotations

import ctypes
import faulthandler
import functools
import io
import os
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from threadpoolctl import ThreadpoolController

from sweep.errors import StudyError
from sweep.study.loader import load_study_file
from sweep.study.spec import StudySpec
from sweep.trial.execution import Folders, Runner, claimed, execute, run_order
from sweep.trial.messages import Ended, Order, Remarked, Resources

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def prepare(study: StudySpec) -> None:
    """Does beforehand, where processes for `run_order` are forked, what each would do first."""
    import sweep.trial.attempt  # noqa: F401
    from sweep.program.ahead import import_ahead
    from sweep.training.prewarm import warm_up

    warm_up()
    if study.program is not None:
        import_ahead(study.program)
    _thread_pools()


def main(
    channel: Connection, study: StudySpec | Path, folders: Folders, runner: Runner = run_order
) -> None:
    """Waits for the one Order that comes down the channel, and runs it.

    Args:
        channel: the pipe to the sweep.
        study: the study where the process was forked with it, or the file to load it from.
        folders: where the trial's folder is.
        runner: what to do with the order.
    """
    try:
        _keep_to(channel.recv())
        order: Order = channel.recv()
    except EOFError:  # the sweep has ended
        return
    folder = folders.of(order)
    refusal = claimed(order, folder)
    if refusal is not None:
        channel.send(Ended(refusal))
        return
    _print_to(folder.log)
    del sys.argv[1:]  # the sweep's, which a study that parses flags late would take for its own
    os.environ.pop("TF_CONFIG", None)  # a cluster's, for whose other tasks a trial would wait
    outcome = execute(lambda: _loaded(study, order, channel), order, folder, channel, runner)
    sys.stdout.flush()
    sys.stderr.flush()
    channel.send(Ended(outcome))  # after which nobody waits for this process


def _loaded(study: StudySpec | Path, order: Order, channel: Connection) -> StudySpec:
    """The study that the order is for.

    Raises:
        StudyError: its file is another by now than the one that the sweep has loaded.
    """
    if not isinstance(study, Path):
        return study
    loaded = load_study_file(study)
    if order.study_sha256 not in (None, loaded.sha256):
        then = "Put it back, or interrupt the sweep and run the same command again"
        text = f"{study} has changed since the sweep has loaded it, and this trial loads it anew"
        channel.send(Remarked("study file", f" was refused: {text}. {then}."))
        raise StudyError(f"{text}: {then[0].lower()}{then[1:]}.")
    return loaded.spec


def die_with(parent: int) -> None:
    """Has this process end when its parent, process `parent`, ends in whatever way."""
    hear_of_parents_end(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def hear_of_parents_end(signal_number: signal.Signals) -> None:
    """Has this process sent a signal when its parent ends in whatever way."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number)


def adopt_orphans() -> None:
    """Makes this process the parent of what its descendants leave behind when they end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class _Log(io.FileIO):
    """A log that loses what a full disk has no room for, and never fails the trial."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)

    def write(self, text: Any, /) -> int:
        with suppress(OSError):
            super().write(text)
        return memoryview(text).nbytes


def _keep_to(resources: Resources) -> None:
    threads = str(resources.threads)
    for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[variable] = threads
    _thread_pools().limit(limits=resources.threads)
    if resources.gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = resources.gpu
        os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"


@functools.cache
def _thread_pools() -> ThreadpoolController:
    """Those of BLAS and OpenMP, which a look through all loaded libraries finds."""
    return ThreadpoolController()


def _print_to(log: Path) -> None:
    """Sends what Python, TensorFlow and their children print to the log from now on."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(_Log(fd), "utf-8", "backslashreplace", line_buffering=True)
        for fd in (1, 2)
    )
    faulthandler.enable(sys.stderr)  # so that the log shows where a crash came from
