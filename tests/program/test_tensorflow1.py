"""Programs written for TensorFlow 1: how they are recognized, and which TensorFlow they get."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from sweep.program.sources import read_sources
from sweep.program.tensorflow1 import names_of_tensorflow_1

pytestmark = pytest.mark.tensorflow


def evidence(folder: Path, code: str, **modules: str) -> list[str]:
    for name, text in {**modules, "task": code}.items():
        (folder / f"{name}.py").write_text(dedent(text))
    uses = names_of_tensorflow_1(read_sources(folder / "task.py", folder))
    return [f"{use.file.name}:{use.line} {use.name}" for use in uses]


def test_names_that_tensorflow_2_lacks_are_found_through_every_alias(tmp_path: Path) -> None:
    found = evidence(
        tmp_path,
        """
        import tensorflow as tf
        import model
        flags = tf.app.flags
        flags.DEFINE_integer("steps", 10, "")

        def main(argv):
            tf.estimator.train_and_evaluate(tf.estimator.Estimator(model.fn), *model.specs())
            tf.logging.info(tf.app.flags.FLAGS.steps)

        if __name__ == "__main__":
            tf.app.run()
        """,
        model="""
        import tensorflow
        import tensorflow.losses as losses
        from tensorflow import layers as l, nn
        from tensorflow.contrib.training import HParams

        def fn(features, labels, mode):
            x = nn.relu(l.dense(features, features.get_shape()[1].value))
            tensorflow.keras.losses.mse(x, x)
            losses.softmax_cross_entropy(x, x)
            tensorflow.metrics.accuracy(x, x)
            dataset = tensorflow.data.Dataset.range(3).make_one_shot_iterator()
            return tensorflow.train.AdamOptimizer(tensorflow.train.exponential_decay(1, 2, 3, 4))
        """,
    )

    assert found == [
        "task.py:4 tf.app",
        "task.py:5 tf.app",
        "task.py:9 tf.logging",
        "task.py:9 tf.app",
        "task.py:12 tf.app",
        "model.py:4 tf.layers",
        "model.py:5 tf.contrib.training.HParams",
        "model.py:8 tf.layers",
        "model.py:8 tf.Dimension.value",
        "model.py:10 tf.losses.softmax_cross_entropy",
        "model.py:11 tf.metrics.accuracy",
        "model.py:12 tf.data.Dataset.make_one_shot_iterator",
        "model.py:13 tf.train.AdamOptimizer",
        "model.py:13 tf.train.exponential_decay",
    ]


@pytest.mark.parametrize(
    "code",
    [
        """
        import tensorflow as tf
        from tensorflow import keras
        from tensorflow.keras import layers
        def model(x):
            x = layers.Dense(3)(tf.estimator.DNNClassifier([3], []))
            y = tf.compat.v1.layers.dense(x, 3)
            tf.compat.v1.data.make_one_shot_iterator(tf.data.Dataset.range(3))
            tf.compat.v1.flags.FLAGS.steps
            return keras.optimizers.Adam(), tf.feature_column, tf.nonsense, x.shape[1]
        """,
        """
        import tensorflow.compat.v1 as tf
        tf.disable_v2_behavior()
        tf.app.run(tf.layers.dense(tf.data.Dataset.range(3).make_one_shot_iterator()))
        """,
        """
        from tensorflow.compat import v1 as tf
        dataset.make_one_shot_iterator(tf.layers)
        """,
        """
        try:
            import tensorflow.compat.v1 as tf
        except ImportError:
            import tensorflow as tf
        tf.layers.dense
        """,
        """
        import tensorflow as tf
        if tf.__version__ >= "2":
            tf = tf.compat.v1
        tf.layers.dense
        """,
        """
        import tensorflow as tf
        try:
            dense = tf.layers.dense
        except AttributeError:
            dense = tf.keras.layers.Dense
        optimizer = tf.keras.optimizers if hasattr(tf, "function") else tf.train.AdamOptimizer
        """,
        """
        import tensorflow as tf
        tf.logging = tf.compat.v1.logging
        tf.logging.info("done")
        """,
        """
        layers = [3, 4]
        tf.layers.dense(dataset.make_one_shot_iterator())
        """,
    ],
    ids=[
        "names of both",
        "compat.v1",
        "from compat",
        "compat.v1 or else TensorFlow",
        "compat.v1 in TensorFlow 2",
        "guarded names",
        "names given back",
        "no TensorFlow",
    ],
)
def test_what_runs_on_tensorflow_2_is_no_evidence(tmp_path: Path, code: str) -> None:
    assert evidence(tmp_path, code) == []


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    import tensorflow as tf\nexcept ImportError:\n    raise\ntf.layers.dense",
        "import tensorflow as tf\ntry:\n    tf.layers.dense\nexcept KeyError:\n    pass",
        "import tensorflow as tf\ntry: pass\nexcept ImportError: pass\nfinally:\n    tf.layers",
        "import tensorflow as tf\nif FLAGS.deep:\n    tf.layers.dense",
        "import tensorflow as tf\nif tf.layers and tf.__version__:\n    pass",
    ],
    ids=["TensorFlow in a try", "other error", "finally", "other question", "the question itself"],
)
def test_what_guards_no_name_hides_none(tmp_path: Path, code: str) -> None:
    assert [found.partition(" ")[2] for found in evidence(tmp_path, code)] == ["tf.layers"]


IMPORTS = """
import tensorflow
import tensorflow as tf
import tensorflow.compat.v1 as v1
import tensorflow.contrib.training as training
import tensorflow.keras
import tensorflow.keras.backend as K
import tensorflow.python.ops.math_ops as math_ops
from tensorflow import contrib, layers
from tensorflow.compat.v1 import layers as v1_layers
from tensorflow.contrib.framework import nest
from tensorflow.contrib.training import HParams
from tensorflow.estimator import RunConfig
from tensorflow.keras.layers import Dense
from tensorflow.python.framework import ops

assert tensorflow is tf and tensorflow.python.ops.math_ops is math_ops
assert v1 is tf.compat.v1 and v1.Session is tf.Session
assert layers.dense is v1_layers.dense is tf.layers.dense
assert K.get_session is tf.keras.backend.get_session
assert Dense is tf.keras.layers.Dense
assert RunConfig is tf.estimator.RunConfig
assert training.HParams is HParams is contrib.training.HParams is tf.contrib.training.HParams
assert nest.flatten is tf.nest.flatten
assert tf.contrib.rnn.BasicLSTMCell is tf.nn.rnn_cell.BasicLSTMCell
assert tf.contrib.util.constant_value is tf.get_static_value
names = {}
exec("from tensorflow import *", names)
assert names["placeholder"] is tf.placeholder

for statement in (
    "from tensorflow.contrib import slim",
    "import tensorflow.contrib.slim as slim",
    "tf.contrib.slim",
    "tf.nonsense",
    "import tensorflow.nonsense",
):
    try:
        exec(statement)
    except (AttributeError, ImportError) as error:
        print(f"{type(error).__name__}: {error}")
"""

INSTALLED = """
import tensorflow as tf
import tensorflow
assert not hasattr(tf, "Session") and tf is tensorflow
"""


@pytest.mark.slow
def test_imports_of_a_program_are_answered_by_v1_and_no_others(
    fresh_python: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "task.py").write_text(IMPORTS)
    (tmp_path / "installed.py").write_text(INSTALLED)
    code = """if True:
        import builtins, runpy, site, sys
        site.getsitepackages = lambda: [sys.argv[1] + "/installed.py"]
        found = builtins.__import__
        sys.path.insert(0, sys.argv[1])
        from sweep.program.tensorflow1 import as_tensorflow_1
        with as_tensorflow_1():
            runpy.run_path(sys.argv[1] + "/task.py", run_name="__main__")
            import installed
            assert not hasattr(sys.modules["tensorflow"], "Session")
        assert builtins.__import__ is found
        import tensorflow as tf
        assert tf.constant(3).numpy() == 3 and not hasattr(tf, "contrib")
    """

    assert fresh_python(code, str(tmp_path)).splitlines() == [
        "ImportError: TensorFlow 2 has no tf.contrib.slim: replace it with tf_slim.",
        "ImportError: TensorFlow 2 has no tf.contrib.slim: replace it with tf_slim.",
        "AttributeError: TensorFlow 2 has no tf.contrib.slim: replace it with tf_slim.",
        "AttributeError: module 'tensorflow' has no attribute 'nonsense'",
        "ModuleNotFoundError: No module named 'tensorflow.nonsense'",
    ]


PROGRAM = """
from __future__ import print_function
import sys
import numpy as np
import tensorflow as tf

def model_fn(features, labels, mode, params):
    x = tf.layers.dense(features["x"], params.units)
    x = tf.layers.dense(x, x.shape[1].value)
    tf.get_variable("scale", [])
    loss = tf.losses.mean_squared_error(labels, x[:, :1])
    optimizer = tf.train.AdamOptimizer(params.rate)
    train_op = optimizer.minimize(loss, tf.contrib.framework.get_or_create_global_step())
    metrics = {"mean": tf.metrics.mean(x)}
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op, eval_metric_ops=metrics)

def train():
    data = {"x": np.ones((8, 3), np.float32)}, np.ones((8, 1), np.float32)
    dataset = tf.data.Dataset.from_tensor_slices(data).repeat().batch(4)
    return dataset.make_one_shot_iterator().get_next()

def main(_):
    params = tf.contrib.training.HParams(units=4, rate=0.1).parse("rate=0.01")
    estimator = tf.estimator.Estimator(model_fn, tf.app.flags.FLAGS.job_dir, params=params)
    evaluation = tf.estimator.inputs.numpy_input_fn(
        {"x": np.ones((8, 3), np.float32)}, np.ones((8, 1), np.float32), shuffle=False
    )
    metrics, _ = tf.estimator.train_and_evaluate(
        estimator,
        tf.estimator.TrainSpec(train, max_steps=20),
        tf.estimator.EvalSpec(evaluation, steps=None),
    )
    print(metrics["global_step"])
    doubled = 2 * tf.placeholder(tf.float32, [])
    with tf.Session() as session:
        print(session.run(doubled, {doubled.op.inputs[1]: 3.0}))
    print(tf.get_variable("w", []).dtype.name, len({doubled, doubled}))

if __name__ == "__main__":
    tf.app.flags.DEFINE_string("job_dir", None, "")
    tf.app.run()
"""


def test_a_program_of_tensorflow_1_runs_as_it_did(
    fresh_python: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "task.py").write_text(PROGRAM)
    code = """if True:
        import runpy, sys
        from sweep.program.tensorflow1 import as_tensorflow_1
        sys.argv = sys.argv[1:]
        try:
            with as_tensorflow_1():
                runpy.run_path(sys.argv[0], run_name="__main__")
        except SystemExit as exit:
            print(exit.code)
        import tensorflow as tf
        print(tf.constant(3).numpy(), type(tf.ones([2]).shape[0]).__name__)
        print(type(tf.Variable(3.0)).__name__)
    """

    printed = fresh_python(code, str(tmp_path / "task.py"), f"--job_dir={tmp_path}/model")

    assert printed.splitlines() == [
        "20",
        "6.0",
        "float32_ref 1",
        "None",
        "3 int",
        "ResourceVariable",
    ]


@pytest.mark.slow
def test_a_session_left_open_keeps_the_behaviour_of_tensorflow_1(
    fresh_python: Callable[..., str],
) -> None:
    code = """if True:
        from sweep.program.tensorflow1 import as_tensorflow_1
        import tensorflow.compat.v1 as v1
        with as_tensorflow_1():
            session = v1.InteractiveSession(graph=v1.Graph())
        print(v1.resource_variables_enabled())
        session.close()
        with as_tensorflow_1():
            print(v1.placeholder(v1.float32).op.type)
        print(v1.resource_variables_enabled())
    """

    assert fresh_python(code).split() == ["False", "Placeholder", "False"]
