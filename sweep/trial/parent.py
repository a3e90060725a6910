"""Forked processes and their parents: how to fork, and who ends with whom."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with(parent: int) -> None:
    """Makes this process end when its parent, process `parent`, ends in any way."""
    hear_of_parents_end(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def hear_of_parents_end(signal_number: signal.Signals) -> None:
    """Makes this process receive a signal when its parent ends in any way."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number)


def adopt_orphans() -> None:
    """Makes this process the parent of what its descendants leave behind when they end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def fork() -> int:
    """Forks this process. Returns 0 in the child, and the child's process id here."""
    with warnings.catch_warnings():
        # Python warns about threads. Those that BLAS starts at import handle forks themselves.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def exit_after(work: Callable[[], None]) -> NoReturn:
    """Ends a forked process without the exit handlers that it inherited."""
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)
