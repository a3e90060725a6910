"""The random numbers of processes that were forked alike."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = [pytest.mark.tensorflow]

FORKED = """
import os
import tensorflow as tf
from sweep.training.apart import draw_apart

tf.constant(0)  # which has TensorFlow seed its generator
for place in (None, None, 0, 1, 2):
    if os.fork() == 0:
        if place is not None:
            draw_apart(place)
        print(*tf.raw_ops.NonDeterministicInts(shape=[4], dtype=tf.int64).numpy(), flush=True)
        os._exit(0)
    os.wait()
"""


def test_processes_that_are_forked_alike_draw_numbers_of_their_own() -> None:
    command = [sys.executable, "-c", FORKED]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    left, alike, *apart = [set(line.split()) for line in printed.splitlines()]

    assert left == alike  # as TensorFlow leaves them
    assert len(left.union(*apart)) == 4 * 4
