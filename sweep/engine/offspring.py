"""What a trial has started, ended with it: also what has left its process group or its parent.

A process whose parent ends comes to the next of its ancestors that has asked for such ones. Where
no such ancestor lives any more, a mark in the environment tells what a trial's was.
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
    """Ends the children of this process but for those that are known, and all that they started.

    This process has asked for orphans, so that what they have started comes to it in its turn.
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
    """Ends every process in whose environment MARK begins with `mark`."""
    wanted = f"{MARK}={mark}".encode()
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            if any(v.startswith(wanted) for v in (place / "environ").read_bytes().split(b"\0")):
                os.kill(int(place.name), signal.SIGKILL)


def end_marked_after(parent: int, mark: str) -> None:
    """Waits until the parent of this process has ended, and ends all that is marked."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    hear_of_parents_end(signal.SIGUSR1)
    while os.getppid() == parent:
        signal.sigtimedwait({signal.SIGUSR1}, 60.0)
    end_marked(mark)


def let_children_end_with_this_process() -> None:
    """Has what this process forks end with it, however that ends.

    The kernel ends a child with the thread that has forked it, so that a child of a thread that
    may end before the process is left alone.
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
