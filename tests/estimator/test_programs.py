"""A program for TensorFlow 2.15 does the same on the installed TensorFlow."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # thousands, from tf.function
]

HERE = Path(__file__).parent
RNG = np.random.default_rng(0)
X = RNG.normal(size=64).astype(np.float32)
KIND = np.array(["a", "b", "c", "d"] * 16)
# What wide_and_deep evaluated to on 2.15.1 when it had written checkpoint_of_2_15.
LOSS_ON_2_15 = 0.66046226
RUN_RESTORED = """
import runpy, sys
from sweep.estimator import restore
restore()
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def classes() -> Any:
    return batches((X > 0).astype(np.int64))


def values() -> Any:
    return batches(2 * X)


def batches(labels: Any) -> Any:
    return tf.data.Dataset.from_tensor_slices(({"x": X, "kind": KIND}, labels)).repeat().batch(16)


def feature_columns() -> tuple[list[Any], list[Any]]:
    column = tf.feature_column
    x = column.numeric_column("x")
    kind = column.categorical_column_with_vocabulary_list("kind", ["a", "b", "c", "d"])
    ranges = column.bucketized_column(x, [-1.0, 0.0, 1.0])
    wide = [ranges, kind, column.crossed_column([ranges, "kind"], 16)]
    return wide, [x, column.indicator_column(kind), column.embedding_column(kind, 2)]


def wide_and_deep(**options: Any) -> Any:
    wide, deep = feature_columns()
    return tf.estimator.DNNLinearCombinedClassifier(
        linear_feature_columns=wide,
        linear_optimizer="Ftrl",
        dnn_feature_columns=deep,
        dnn_optimizer="Adagrad",
        dnn_hidden_units=[4],
        **options,
    )


def linear(**options: Any) -> Any:
    return tf.estimator.LinearRegressor([tf.feature_column.numeric_column("x")], **options)


def global_step(trained: Any) -> int:
    return int(trained.get_variable_value("global_step"))


@pytest.mark.slow
def test_a_program_for_2_15_runs_unchanged(
    fresh_python: Callable[..., str], tmp_path: Path
) -> None:
    printed = fresh_python(RUN_RESTORED, str(HERE / "written_for_2_15.py"), str(tmp_path / "model"))

    assert printed == "120 True\n"
    for exporter in ("best", "latest", "final"):
        assert list((tmp_path / "model" / "export" / exporter).glob("*/saved_model.pb"))


@pytest.mark.slow
def test_wide_and_deep_trains_on_feature_columns(tmp_path: Path) -> None:
    model = wide_and_deep(model_dir=str(tmp_path))
    before = model.train(classes, steps=1).evaluate(classes, steps=4)["loss"]

    model.train(classes, steps=60)

    after = model.evaluate(classes, steps=4)
    assert after["loss"] < before
    assert after["global_step"] == 61
    assert {"accuracy", "auc", "precision", "recall"} <= set(after)
    assert next(model.predict(classes))["class_ids"] in ([0], [1])


def test_dnn_regressor_trains_with_a_keras_optimizer(tmp_path: Path) -> None:
    model = tf.estimator.DNNRegressor(
        hidden_units=[16],
        feature_columns=[tf.feature_column.numeric_column("x")],
        optimizer=lambda: tf.keras.optimizers.legacy.Adam(0.05),
        config=tf.estimator.RunConfig(str(tmp_path), tf_random_seed=1),
    )
    before = model.train(values, steps=1).evaluate(values, steps=4)["loss"]

    assert model.train(values, steps=60).evaluate(values, steps=4)["loss"] < before / 2


def test_v1_premade_estimator_trains_with_a_v1_optimizer(tmp_path: Path) -> None:
    model = tf.compat.v1.estimator.DNNClassifier(
        [16],
        [tf.feature_column.numeric_column("x")],
        optimizer=tf.compat.v1.train.AdamOptimizer(0.05),
        config=tf.estimator.RunConfig(str(tmp_path), tf_random_seed=1),
    )

    assert model.train(classes, steps=60).evaluate(classes, steps=4)["accuracy"] > 0.8


@pytest.mark.parametrize("checkpoint_format", ["saver", "checkpoint"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_keras_model_becomes_an_estimator_and_resumes(
    version: str, checkpoint_format: str, tmp_path: Path
) -> None:
    keras = tf.compat.v1.keras if version == "v1" else tf.keras
    inputs = keras.Input((1,), name="x")
    outputs = keras.layers.Dense(1)(keras.layers.BatchNormalization()(inputs))
    model = keras.Model(inputs, outputs)
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    converted = keras.estimator.model_to_estimator(
        model, model_dir=str(tmp_path), checkpoint_format=checkpoint_format
    )

    def input_fn() -> Any:
        dataset = tf.data.Dataset.from_tensor_slices(({"x": X[:, None]}, X[:, None]))
        return dataset.repeat().batch(16)

    converted.train(input_fn, steps=5).train(input_fn, steps=5)

    assert converted.evaluate(input_fn, steps=2)["global_step"] == 10


def test_training_resumes_with_a_larger_max_steps(tmp_path: Path) -> None:
    def train(max_steps: int) -> Any:
        model = linear(model_dir=str(tmp_path))
        train_spec = tf.estimator.TrainSpec(values, max_steps=max_steps)
        eval_spec = tf.estimator.EvalSpec(values, steps=2, start_delay_secs=0, throttle_secs=0)
        return tf.estimator.train_and_evaluate(model, train_spec, eval_spec)

    assert train(10)[0]["global_step"] == 10
    assert train(25)[0]["global_step"] == 25
    assert (tmp_path / "model.ckpt-10.index").exists()
    assert train(25) == (None, None)


def test_a_model_starts_from_the_weights_of_another(tmp_path: Path) -> None:
    first = linear(model_dir=str(tmp_path / "first")).train(values, steps=30)
    second = linear(model_dir=str(tmp_path / "second"), warm_start_from=str(tmp_path / "first"))

    second.train(values, max_steps=1)

    name = "linear/linear_model/x/weights"
    assert first.get_variable_value(name) == pytest.approx(second.get_variable_value(name), rel=0.5)
    assert global_step(second) == 1


def test_a_checkpoint_of_tensorflow_2_15_is_trained_on(tmp_path: Path) -> None:
    model_dir = shutil.copytree(HERE / "checkpoint_of_2_15", tmp_path / "model")
    model = wide_and_deep(model_dir=str(model_dir))
    evaluated = model.evaluate(classes, steps=4)

    model.train(classes, max_steps=40)

    assert evaluated["global_step"] == 20
    assert evaluated["loss"] == pytest.approx(LOSS_ON_2_15, rel=1e-4)
    assert global_step(model) == 40
