"""Whether a process that has imported TensorFlow may still be forked.

A fork takes the runtime's thread pools along without their threads, so that an op in the child
waits for ever. Importing TensorFlow and building graphs starts no such pool; an eager op or a
session does.
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

    Threads that no library accounts for are put to the test: a forked child that does not get
    through a session in time shows that forking is not safe.
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
    """Looks for a moment, for a Python thread that has ended may take one to leave."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while _native_threads() > _explained_threads():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _native_threads() -> int:
    return sum(not _is_of_pyarrow(task) for task in Path("/proc/self/task").iterdir())


def _is_of_pyarrow(task: Path) -> bool:
    """Whether it is the thread of pyarrow's allocator, which begins anew in a fork."""
    try:
        return (task / "comm").read_text() == "jemalloc_bg_thd\n"
    except OSError:  # it has ended
        return False


def _explained_threads() -> int:
    """Python's own threads and OpenBLAS's, which looks after itself in a fork."""
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
