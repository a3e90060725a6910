"""What is done before trials are forked leaves the process safe to fork."""

from collections.abc import Callable

import pytest

pytestmark = pytest.mark.tensorflow

WARM = """
import os, signal
from sweep import estimator
estimator.restore()
import tensorflow as tf
from sweep.engine import forking
from sweep.training import prewarm
prewarm.warm_up()
"""

FORK = """
print(forking._has_eager_context(), forking.forking_is_safe())
child = os.fork()
if not child:
    signal.alarm(60)
    model = estimator.LinearRegressor([tf.feature_column.numeric_column("x")])
    model.train(lambda: tf.data.Dataset.from_tensors(({"x": [[1.0]]}, [[2.0]])), steps=1)
    with tf.Graph().as_default():
        shape = tf.cast(tf.range(1000, 1003) * tf.ones([3], tf.int32), tf.int32)
        assert tf.zeros(shape).shape == (1000, 1001, 1002)  # known by running the ops before
    assert tf.constant(1.0) + 1 == 2
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.slow
def test_a_child_forked_after_the_first_graph_trains(fresh_python: Callable[..., str]) -> None:
    assert fresh_python(WARM + FORK) == "False True\n7\n"


@pytest.mark.slow
def test_the_first_graph_says_nothing(fresh_python: Callable[..., str]) -> None:
    code = "import os; os.dup2(1, 2)\n" + WARM
    assert "deprecated" not in fresh_python(code)
