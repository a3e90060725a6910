"""A process that has restored Estimator can fork."""

from collections.abc import Callable

import pytest

pytestmark = pytest.mark.tensorflow

FORK = """
import os, signal
from sweep import estimator
estimator.restore()
estimator.DNNClassifier
import tensorflow as tf
from tensorflow.python.eager import context
assert context.context()._context_handle is None
tf.keras.layers.Dense, tf.compat.v1.layers.dense, tf.compat.v1.estimator.DNNClassifier
assert context.context()._context_handle is None
child = os.fork()
if not child:
    signal.alarm(30)
    model = estimator.LinearRegressor([tf.feature_column.numeric_column("x")])
    model.train(lambda: tf.data.Dataset.from_tensors(({"x": [[1.0]]}, [[2.0]])), steps=1)
    assert tf.constant(1.0) + 1 == 2
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

PYARROW = """
import pyarrow
from sweep.engine import forking
pyarrow.array(range(100_000))
print(forking._all_threads_are_explained())
"""


def test_a_child_forked_after_restore_trains(fresh_python: Callable[..., str]) -> None:
    assert fresh_python(FORK) == "7\n"


@pytest.mark.slow
def test_a_process_that_has_used_pyarrow_may_still_fork(fresh_python: Callable[..., str]) -> None:
    pytest.importorskip("pyarrow", exc_type=ImportError)
    assert fresh_python(PYARROW + FORK) == "True\n7\n"
