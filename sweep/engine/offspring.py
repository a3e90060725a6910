"""Ending the processes that a trial started, even those that left its process group or parent.

When a process ends, its children move to the nearest ancestor that has asked for orphans. If no
such ancestor is left, a mark in their environment identifies the processes of a trial.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

from sweep.trial.parent import hear_of_parents_end

MARK = "SWEEP_ATTEMPT"
SECONDS_TO_END = 2.0


def end_orphans(known: Container[int]) -> None:
    """Kills the children of this process that are not known, and all that they started.

    This process has asked for orphans, so the children of killed processes become its own.
    """
    deadline = time.monotonic() + SECONDS_TO_END
    while orphans := [pid for pid in _children() if pid not in known]:
        for pid in orphans:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            return
        time.sleep(0.002)
        for pid in orphans:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def end_marked(mark: str) -> None:
    """Kills every process whose environment has a MARK that starts with `mark`."""
    wanted = f"{MARK}={mark}".encode()
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # the process has ended, or belongs to another user
            if any(v.startswith(wanted) for v in (place / "environ").read_bytes().split(b"\0")):
                os.kill(int(place.name), signal.SIGKILL)


def end_marked_after(parent: int, mark: str) -> None:
    """Waits until the parent of this process has ended, then kills all marked processes."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    hear_of_parents_end(signal.SIGUSR1)
    while os.getppid() == parent:
        signal.sigtimedwait({signal.SIGUSR1}, 60.0)
    end_marked(mark)


def let_children_end_with_this_process() -> None:
    """Makes forked children end together with this process, however it ends.

    The kernel ends a child when the thread that forked it ends. Children of other threads than the
    main thread, which can end before the process, are therefore left alone.
    """
    pid, is_of_main = os.getpid(), False

    def before() -> None:
        nonlocal is_of_main
        is_of_main = threading.current_thread() is threading.main_thread()

    def after_in_child() -> None:
        if is_of_main and os.getppid() == pid:
            hear_of_parents_end(signal.SIGKILL)

    os.register_at_fork(before=before, after_in_child=after_in_child)


def _children() -> list[int]:
    return [
        int(pid)
        for listing in Path("/proc/self/task").glob("*/children")
        for pid in listing.read_text().split()
    ]
