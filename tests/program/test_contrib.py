"""Programs that need tf.contrib: which are refused, and with what message."""

import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from sweep.errors import StudyError
from sweep.program.contrib import refuse_contrib
from sweep.program.names import Parts
from sweep.program.sources import read_sources
from sweep.program.successors import _TODAY, successor
from sweep.program.supplied import ELSEWHERE


def refusal(folder: Path, code: str, **modules: str) -> str | None:
    """What a program is told, if it is refused."""
    for name, text in {**modules, "task": code}.items():
        (folder / f"{name}.py").write_text(dedent(text))
    try:
        refuse_contrib(read_sources(folder / "task.py", folder))
    except StudyError as error:
        return str(error).replace(f"{folder}/", "")
    return None


def test_names_are_refused_with_their_lines_and_what_stands_for_them(tmp_path: Path) -> None:
    message = refusal(
        tmp_path,
        """
        import tensorflow as tf
        import model
        from tensorflow.contrib import learn
        from tensorflow.contrib.layers import real_valued_column

        def main(argv):
            learn.learn_runner.run(model.experiment_fn)
            tf.contrib.summary.scalar("loss", 1.0)
            tf.contrib.crf.crf_log_likelihood
        """,
        model="""
        import tensorflow as tf
        import tensorflow.contrib.slim as slim

        def net(x):
            for _ in range(3):
                x = slim.conv2d(x, 8, 3)
            x = slim.conv2d(slim.conv2d(x, 8, 3), 8, 3)
            x = slim.conv2d(x, 8, 3)
            x = slim.conv2d(x, 8, 3)
            return tf.contrib.layers.fully_connected(slim.nets.vgg.vgg_16(x), 3)
        """,
    )

    assert message == (
        "task.py needs tf.contrib, which TensorFlow 2 lacks: "
        "replace tf.contrib.learn (task.py:4) with tf.estimator; "
        "tf.contrib.layers.real_valued_column (task.py:5) with tf.feature_column.numeric_column; "
        "tf.contrib.learn.learn_runner.run (task.py:8) with tf.estimator.train_and_evaluate; "
        "tf.contrib.summary.scalar (task.py:9) with tf.compat.v2.summary.scalar; "
        "tf.contrib.crf.crf_log_likelihood (task.py:10) with a copy of its code in TensorFlow "
        "1.15; "
        "tf.contrib.slim (model.py:3) with tf_slim; "
        "tf.contrib.slim.conv2d (model.py:7, 8, 9 and 1 more) with tf_slim.conv2d; "
        "tf.contrib.layers.fully_connected (model.py:11) with tf_slim.fully_connected; "
        "tf.contrib.slim.nets.vgg.vgg_16 (model.py:11) with tf_slim.nets.vgg.vgg_16, "
        "and run pip install tf-slim."
    )


def test_a_package_is_to_be_installed_only_where_it_helps(tmp_path: Path) -> None:
    code = "import tensorflow as tf\ntf.contrib.predictor.from_saved_model"
    (tmp_path / "lib.py").write_text(code)

    assert refusal(tmp_path, f"import lib\n{code}") == (
        "task.py needs tf.contrib, which TensorFlow 2 lacks: replace "
        "tf.contrib.predictor.from_saved_model (task.py:3, lib.py:2) with tf.saved_model.load and "
        "a tf.Session."
    )


@pytest.mark.parametrize(
    "code",
    [
        "import tensorflow as tf\ntf.contrib.training.HParams(rate=0.1).parse('')",
        "from tensorflow.contrib.training import HParams",
        "import tensorflow.contrib.training as training\ntraining.HParams()",
        "import tensorflow as tf\ntraining = tf.contrib.training\ntraining.HParams()",
        "import tensorflow\nrnn = tensorflow.contrib.rnn\nrnn.MultiRNNCell([rnn.GRUCell(3)])",
        "from tensorflow.contrib.framework import nest\nnest.flatten([])",
        "from contrib import slim\nslim.conv2d",
    ],
)
def test_what_is_supplied_is_no_reason(tmp_path: Path, code: str) -> None:
    assert refusal(tmp_path, code) is None


@pytest.mark.parametrize(
    "code",
    [
        """
        try:
            from tensorflow.contrib import slim
        except ImportError:
            import tf_slim as slim
        slim.conv2d
        """,
        """
        import tensorflow as tf
        if hasattr(tf, "contrib"):
            xavier = tf.contrib.layers.xavier_initializer()
        """,
        """
        import tensorflow as tf
        xavier = tf.glorot_uniform_initializer if IS_TF2 else tf.contrib.layers.xavier_initializer
        """,
        """
        import tensorflow as tf
        if tf.__version__.startswith("2"):
            l2 = None
        else:
            l2 = tf.contrib.layers.l2_regularizer(0.1)
        """,
        """
        import tensorflow as tf
        def main():
            if FLAGS.use_tpu:
                return tf.contrib.tpu.TPUEstimator(None)
        """,
    ],
    ids=["except", "hasattr", "flag of the version", "version", "flag of the program"],
)
def test_what_a_program_can_do_without_is_no_reason(tmp_path: Path, code: str) -> None:
    assert refusal(tmp_path, code) is None


def test_a_refusal_names_what_might_not_be_reached_too(tmp_path: Path) -> None:
    code = """
    import tensorflow as tf
    def model_fn(features, labels, mode):
        if mode == tf.estimator.ModeKeys.TRAIN:
            op = tf.contrib.layers.optimize_loss(1.0)
        if FLAGS.use_tpu:
            tf.contrib.tpu.CrossShardOptimizer(op)
    """

    assert refusal(tmp_path, code) == (
        "task.py needs tf.contrib, which TensorFlow 2 lacks: replace "
        "tf.contrib.layers.optimize_loss (task.py:5) with tf_slim.optimize_loss; "
        "tf.contrib.tpu.CrossShardOptimizer (task.py:7) with nothing, because it is only for TPUs, "
        "and run pip install tf-slim."
    )


def test_what_is_supplied_has_no_successor() -> None:
    assert {("contrib", *name.split(".")) for name in _TODAY} & ELSEWHERE.keys() == set()


def test_the_longest_name_that_is_known_decides() -> None:
    def of(name: str) -> str:
        parts: Parts = ("contrib", *name.split("."))
        return successor(parts)

    assert of("layers.xavier_initializer") == "tf_slim.xavier_initializer"
    assert of("layers.embedding_column") == "tf.feature_column.embedding_column"
    assert of("learn.datasets.mnist.load_mnist") == "tf.keras.datasets"
    assert of("unheard.of") == "a copy of its code in TensorFlow 1.15"


@pytest.mark.tensorflow
@pytest.mark.slow
def test_what_is_said_to_be_in_tensorflow_is_there(fresh_python: Callable[..., str]) -> None:
    names = {
        name
        for today in _TODAY.values()
        for name in re.findall(r"\btf\.[\w.]*\w", today.replace(".{rest}", ""))
    }
    names |= {".".join(("tf", *parts)) for parts in ELSEWHERE.values()}
    code = """if True:
        import sys
        from sweep.program.tensorflow1 import as_tensorflow_1
        with as_tensorflow_1():
            import tensorflow as tf
            for name in sys.argv[1].split():
                try:
                    eval(name)
                except AttributeError as error:
                    print(error)
    """

    assert fresh_python(code, " ".join(names)) == ""


def test_reading_imports_no_tensorflow(fresh_python: Callable[..., str]) -> None:
    code = "import sys, sweep.program.contrib; print('tensorflow' in sys.modules)"
    assert fresh_python(code) == "False\n"
