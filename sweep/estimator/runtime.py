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
import warnings
from multiprocessing import Pipe
from pathlib import Path

import tensorflow as tf
from tensorflow.python.eager import context
from threadpoolctl import threadpool_info

PROBE_SECONDS = 10.0


def forking_is_safe() -> bool:
    """Whether a child forked now can run TensorFlow.

    Threads that no library accounts for are put to the test: a forked child that does not get
    through a session in time shows that forking is not safe.
    """
    if sys.platform != "linux" or context.context()._context_handle is not None:
        return False
    return _native_threads() <= _explained_threads() or _forked_child_can_run()


def _native_threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def _explained_threads() -> int:
    """Python's own threads and OpenBLAS's, which looks after itself in a fork."""
    blas = [pool for pool in threadpool_info() if pool["internal_api"] == "openblas"]
    return threading.active_count() + sum(int(pool["num_threads"]) - 1 for pool in blas)


def _forked_child_can_run() -> bool:
    ours, childs = Pipe()
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        child = os.fork()
    if child == 0:
        try:
            os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
            with tf.Graph().as_default(), tf.compat.v1.Session() as session:
                childs.send(int(session.run(tf.constant(1) + 1)))
        finally:
            os._exit(0)
    childs.close()
    answered = ours.poll(PROBE_SECONDS) and ours.recv() == 2
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return answered
