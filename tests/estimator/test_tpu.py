"""The TPU names of 2.15, which later versions have but refuse to use."""

from abc import ABCMeta

import pytest
import tensorflow as tf

from sweep.errors import TensorFlowError

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(
        tf.__version__.startswith("2.15."), reason="TensorFlow 2.15 uses its own Estimator"
    ),
]

NAMES = ["InputPipelineConfig", "RunConfig", "TPUConfig", "TPUEstimator", "TPUEstimatorSpec"]


@pytest.mark.parametrize("name", NAMES)
def test_calling_a_tpu_name_says_that_it_is_not_there(name: str) -> None:
    with pytest.raises(TensorFlowError) as raised:
        getattr(tf.compat.v1.estimator.tpu, name)(model_dir="/tmp/x")

    assert str(raised.value) == (
        f"{name} is for TPUs, which Estimator supports on TensorFlow 2.15 only: use "
        "tf.estimator.Estimator and tf.estimator.RunConfig, on CPU or GPU."
    )


def test_tpu_embeddings_are_not_there() -> None:
    from tensorflow.compat.v1.estimator.tpu.experimental import EmbeddingConfigSpec

    with pytest.raises(TensorFlowError, match="EmbeddingConfigSpec is for TPUs"):
        EmbeddingConfigSpec(feature_columns=[])


def test_a_subclass_of_a_tpu_name_is_refused_when_it_is_made() -> None:
    class Mine(tf.compat.v1.estimator.tpu.TPUEstimator, metaclass=ABCMeta):  # type: ignore[misc]
        def __init__(self, use_tpu: bool) -> None:
            super().__init__(use_tpu=use_tpu)

    with pytest.raises(TensorFlowError, match="TPUEstimator is for TPUs"):
        Mine(use_tpu=False)


def test_the_constants_of_a_tpu_name_may_be_read() -> None:
    assert tf.compat.v1.estimator.tpu.InputPipelineConfig.PER_HOST_V2 == 3


def test_the_tpu_namespace_may_be_looked_at() -> None:
    tpu = tf.compat.v1.estimator.tpu

    assert set(NAMES) <= set(dir(tpu))
    assert all(hasattr(tpu, name) for name in NAMES)
    assert not hasattr(tpu, "TPUDistributor")
    assert tpu.TPUEstimator.__module__.endswith("estimator.tpu.tpu_estimator")


def test_nothing_is_a_tpu_estimator() -> None:
    from tensorflow_estimator.python.estimator.estimator_lib import TPUEstimator

    model = tf.estimator.LinearRegressor([tf.feature_column.numeric_column("x")])

    assert not isinstance(model, TPUEstimator)
