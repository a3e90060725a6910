"""Whether a process that has imported TensorFlow can still be forked.

A fork copies the runtime's thread pools without their threads, so an op in the child would wait
forever. Importing TensorFlow and building graphs start no thread pool. An eager op or a session
does.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

from threadpoolctl import threadpool_info

from sweep import private

PROBE_SECONDS = 30.0
SETTLING_SECONDS = 0.2


def forking_is_safe() -> bool:
    """Whether a child forked now can run TensorFlow.

    If there are unexplained threads, a forked child tries to run a session. If it does not finish
    in time, forking is not safe.
    """
    if sys.platform != "linux" or _has_eager_context():
        return False
    if "tensorflow" not in sys.modules:
        return True
    return _all_threads_are_explained() or _forked_child_can_run()


def _has_eager_context() -> bool:
    eager = sys.modules.get("tensorflow.python.eager.context")
    if eager is None:
        return False
    private.require(__name__)
    return eager.context()._context_handle is not None


def _all_threads_are_explained() -> bool:
    """Checks for a moment, because an ended Python thread can take a moment to leave."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while _native_threads() > _explained_threads():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _native_threads() -> int:
    return sum(not _is_of_pyarrow(task) for task in Path("/proc/self/task").iterdir())


def _is_of_pyarrow(task: Path) -> bool:
    """Whether it is the thread of pyarrow's allocator, which restarts itself in a fork."""
    try:
        return (task / "comm").read_text() == "jemalloc_bg_thd\n"
    except OSError:  # the thread has ended
        return False


def _explained_threads() -> int:
    """The threads of Python itself and of OpenBLAS, which handles forks."""
    blas = [pool for pool in threadpool_info() if pool["internal_api"] == "openblas"]
    return threading.active_count() + sum(int(pool["num_threads"]) - 1 for pool in blas)


def _forked_child_can_run() -> bool:
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        child = os.fork()
    if child == 0:
        try:
            _run_a_session()
            os._exit(0)
        finally:
            os._exit(1)
    deadline = time.monotonic() + PROBE_SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def _run_a_session() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    import tensorflow as tf

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        session.run(tf.constant(1) + 1)
