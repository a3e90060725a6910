"""Gives a process other TensorFlow random numbers than its sibling processes.

TensorFlow seeds one generator when a process first needs it. The seeds of ops without a seed, the
ids of steps and the handles of sessions come from it. Processes that are forked later all continue
with the same numbers. Two tasks of a cluster would then run steps with the same id at the same
time, and a parameter server would mix up their tensors.
"""

from __future__ import annotations

import ctypes
import functools
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from sweep.errors import TensorFlowError

_NEW64 = "_ZN3tsl6random5New64Ev"
"""tsl::random::New64(), as a library exports it."""
BETWEEN_PLACES = 2**18
"""The distance between the numbers of two tasks: about as many as a task runs steps."""
AT_RANDOM = 2**14


def draw_apart(place: int = 0) -> None:
    """Makes this process continue with other random numbers than the processes forked like it.

    It skips numbers: a random count, and a fixed count for each place, so that the tasks of one
    cluster do not meet each other's numbers. Skipping takes some 0.15 µs per number.

    Args:
        place: the task's index among those that train together, from 0.

    Raises:
        TensorFlowError: this TensorFlow draws its random numbers in another way.
    """
    n_skipped = place * BETWEEN_PLACES + secrets.randbelow(AT_RANDOM)
    for draw in generators():
        for _ in range(n_skipped):
            draw()


@functools.cache
def generators() -> tuple[Callable[[], int], ...]:
    """The functions that draw a number: before 2.21, two libraries have a generator each."""
    found = []
    for file in sorted(Path(tf.sysconfig.get_lib()).glob("libtensorflow_*")):
        try:
            library = ctypes.CDLL(str(file), os.RTLD_NOLOAD | os.RTLD_NOW)
            found.append(getattr(library, _NEW64))
        except (OSError, AttributeError):  # it is not loaded, or has no generator
            continue
    if not found:
        raise TensorFlowError(
            f"TensorFlow {tf.__version__} has no tsl::random::New64, which sweep needs: run pip "
            "install 'tensorflow>=2.15,<2.22'."
        )
    return tuple(found)
