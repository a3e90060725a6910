"""`tf.keras` is Keras 2 after `restore`, whenever TensorFlow was imported."""

from collections.abc import Callable

import pytest
import tensorflow as tf

pytestmark = pytest.mark.tensorflow

IS_2_15 = tf.__version__.startswith("2.15.")
KERAS_2 = "keras.src" if IS_2_15 else "tf_keras.src"
AFTER_TENSORFLOW = """
import sys
import tensorflow as tf
early_v1 = tf.compat.v1
exec(sys.argv[1])
from sweep.errors import TensorFlowError
from sweep.estimator import restore
try:
    restore()
except TensorFlowError as error:
    sys.exit(print(error))
from tensorflow.keras.layers import Dense
from tensorflow.compat.v1.layers import dense
assert Dense is tf.keras.layers.Dense is tf.compat.v2.keras.layers.Dense
assert dense is tf.compat.v1.layers.dense
assert Dense.__module__.startswith(sys.argv[2])
from tensorflow.compat.v1 import estimator
for v1 in (early_v1, tf.compat.v1, tf.compat.v1.compat.v1):
    assert v1.estimator.Estimator is estimator.Estimator
    assert v1.keras.estimator.model_to_estimator
print("restored")
"""
REFUSAL = (
    "tf.keras is in use as Keras 3, but Estimator needs Keras 2: set TF_USE_LEGACY_KERAS=1, "
    "or call sweep.estimator.restore() before the first use of tf.keras.\n"
)


@pytest.mark.slow
def test_keras_2_is_chosen_when_tensorflow_was_imported_before(
    fresh_python: Callable[..., str],
) -> None:
    assert (
        fresh_python(AFTER_TENSORFLOW, "import keras, tensorflow.compat.v1", KERAS_2)
        == "restored\n"
    )


@pytest.mark.slow
def test_keras_2_is_kept_when_the_environment_chose_it(fresh_python: Callable[..., str]) -> None:
    env = {} if IS_2_15 else {"TF_USE_LEGACY_KERAS": "1"}

    assert fresh_python(AFTER_TENSORFLOW, "tf.keras.layers", KERAS_2, env=env) == "restored\n"


@pytest.mark.skipif(IS_2_15, reason="TensorFlow 2.15 has no Keras 3")
@pytest.mark.parametrize(
    "use",
    [
        "tf.keras.layers",
        pytest.param("from tensorflow.keras import layers", marks=pytest.mark.slow),
        pytest.param("hasattr(tf.compat.v1.layers, 'dense')", marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_keras_3_in_use_is_refused(use: str, fresh_python: Callable[..., str]) -> None:
    assert fresh_python(AFTER_TENSORFLOW, use, KERAS_2) == REFUSAL
