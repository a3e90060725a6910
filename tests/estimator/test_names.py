"""The names that TensorFlow 2.15 had, as attributes and as imports."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest
import tensorflow as tf

from sweep import estimator

pytestmark = pytest.mark.tensorflow

V2 = """BaselineClassifier BaselineEstimator BaselineRegressor BestExporter BinaryClassHead
CheckpointSaverHook CheckpointSaverListener DNNClassifier DNNEstimator DNNLinearCombinedClassifier
DNNLinearCombinedEstimator DNNLinearCombinedRegressor DNNRegressor Estimator EstimatorSpec EvalSpec
Exporter FeedFnHook FinalExporter FinalOpsHook GlobalStepWaiterHook Head LatestExporter
LinearClassifier LinearEstimator LinearRegressor LoggingTensorHook LogisticRegressionHead ModeKeys
MultiClassHead MultiHead MultiLabelHead NanLossDuringTrainingError NanTensorHook
PoissonRegressionHead ProfilerHook RegressionHead RunConfig SecondOrStepTimer SessionRunArgs
SessionRunContext SessionRunHook SessionRunValues StepCounterHook StopAtStepHook SummarySaverHook
TrainSpec VocabInfo WarmStartSettings add_metrics classifier_parse_example_spec experimental export
regressor_parse_example_spec train_and_evaluate"""
EXPERIMENTAL = """InMemoryEvaluatorHook LinearSDCA RNNClassifier RNNEstimator
build_raw_supervised_input_receiver_fn call_logit_fn make_early_stopping_hook
make_stop_at_checkpoint_step_hook stop_if_higher_hook stop_if_lower_hook stop_if_no_decrease_hook
stop_if_no_increase_hook"""
EXPORT = """ClassificationOutput EvalOutput ExportOutput PredictOutput RegressionOutput
ServingInputReceiver TensorServingInputReceiver build_parsing_serving_input_receiver_fn
build_raw_serving_input_receiver_fn"""

IMPORTS = """
import tensorflow_estimator
import tensorflow.estimator
import tensorflow.estimator.experimental
import tensorflow.compat.v1.estimator
import tensorflow.compat.v1.estimator.tpu
import tensorflow.compat.v2.estimator
import tensorflow.keras.estimator
from tensorflow import *
from tensorflow import estimator
from tensorflow.estimator import DNNClassifier
from tensorflow.estimator.export import ServingInputReceiver
from tensorflow.compat.v1 import estimator
from tensorflow.compat.v1.estimator import inputs
from tensorflow.compat.v1.estimator.inputs import numpy_input_fn, pandas_input_fn
from tensorflow.compat.v1.estimator.tpu import TPUConfig, TPUEstimator
from tensorflow.compat.v1.keras.estimator import model_to_estimator
from tensorflow.compat.v2 import estimator
from tensorflow.compat.v2.estimator import RunConfig
from tensorflow.keras.estimator import model_to_estimator
from tensorflow.python.distribute import estimator_training
import tensorflow.python.estimator
import tensorflow.python.estimator.canned.dnn as dnn
from tensorflow.python.estimator import estimator, keras, model_fn, run_config, util
from tensorflow.python.estimator.canned import head, optimizers, prediction_keys
from tensorflow.python.estimator.canned.head import _Head
from tensorflow.python.estimator.export import export_lib, export_output
from tensorflow.python.estimator.inputs import numpy_io
from tensorflow.python.estimator.keras import model_to_estimator
from tensorflow_estimator import estimator
from tensorflow_estimator._api.v1 import estimator
from tensorflow_estimator._api.v2 import estimator
from tensorflow_estimator.python.estimator import estimator, estimator_lib, keras_lib, run_config
from tensorflow_estimator.python.estimator.canned import dnn, kmeans, saved_model_estimator
from tensorflow_estimator.python.estimator.canned.timeseries import estimators
from tensorflow_estimator.python.estimator.tpu import tpu_config, tpu_context, tpu_estimator
""".strip().splitlines()

# What deepctr's and adanet's modules do while they are imported.
LIBRARY = """
from sweep.estimator import restore
restore()
import tensorflow as tf
from tensorflow.python.estimator.canned.head import _Head
from tensorflow.python.estimator.canned.metric_keys import MetricKeys
from tensorflow.python.estimator.canned.optimizers import get_optimizer_instance

class Head(_Head):
    logits_dimension = 1

class TPUModel(tf.compat.v1.estimator.tpu.TPUEstimator):
    def __init__(self, use_tpu=False):
        super().__init__(model_fn=None, use_tpu=use_tpu)

try:
    TPUModel()
except ImportError as error:
    print(MetricKeys.PREDICTION_MEAN, str(error).partition(",")[0])
"""


def defined(namespace: Any) -> set[str]:
    return {name for name in dir(namespace) if not name.startswith("_")}


def test_tf_estimator_has_the_names_of_2_15() -> None:
    assert defined(tf.estimator) == set(V2.split())
    assert defined(tf.estimator.experimental) == set(EXPERIMENTAL.split())
    assert defined(tf.estimator.export) == set(EXPORT.split())
    assert all(hasattr(tf.estimator, name) for name in V2.split())
    assert not hasattr(tf.estimator, "tpu")


def test_v1_estimator_has_the_names_of_2_15() -> None:
    v1 = tf.compat.v1.estimator

    assert defined(v1) == {*V2.split(), "inputs", "tpu"}
    assert defined(v1.inputs) == {"numpy_input_fn", "pandas_input_fn"}
    assert {"KMeans", "dnn_logit_fn_builder"} <= defined(v1.experimental)
    assert v1.DNNClassifier is not tf.estimator.DNNClassifier
    assert v1.RunConfig is tf.estimator.RunConfig


def test_v2_estimator_is_that_of_tensorflow() -> None:
    assert tf.compat.v2.estimator.DNNClassifier is tf.estimator.DNNClassifier


def test_tensorflow_lists_estimator() -> None:
    assert "estimator" in dir(tf)
    assert "estimator" in tf.__all__
    assert "estimator" in dir(tf.compat.v1)


def test_keras_offers_model_to_estimator() -> None:
    assert callable(tf.keras.estimator.model_to_estimator)
    assert callable(tf.compat.v1.keras.estimator.model_to_estimator)


@pytest.mark.parametrize("statement", IMPORTS)
def test_import_works_as_on_2_15(statement: str) -> None:
    exec(statement, {})


@pytest.mark.skipif(tf.__version__.startswith("2.15."), reason="not there on TensorFlow 2.15")
def test_layers_that_tf_slim_is_built_on_are_those_of_keras_2() -> None:
    exec("from tensorflow.python.layers.normalization import BatchNormalization", {})


def test_imports_reach_the_same_classes() -> None:
    from tensorflow.compat.v1.estimator import DNNClassifier as V1DNNClassifier
    from tensorflow.estimator import DNNClassifier

    assert DNNClassifier is tf.estimator.DNNClassifier
    assert V1DNNClassifier is tf.compat.v1.estimator.DNNClassifier


def test_the_old_path_leads_to_the_same_classes() -> None:
    from tensorflow.python.estimator.canned.head import _Head
    from tensorflow.python.estimator.run_config import RunConfig
    from tensorflow_estimator.python.estimator.canned import head

    assert RunConfig is tf.estimator.RunConfig
    assert _Head is head._Head


def test_the_old_path_has_no_more_modules_than_estimator() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"tensorflow\.python\.estimator\.no_module"):
        importlib.import_module("tensorflow.python.estimator.no_module")


@pytest.mark.skipif(tf.__version__.startswith("2.15."), reason="TensorFlow 2.15 has its own")
@pytest.mark.slow
def test_a_library_of_2_15_subclasses_at_import(fresh_python: Callable[..., str]) -> None:
    assert fresh_python(LIBRARY) == "prediction/mean TPUEstimator is for TPUs\n"


def test_tensorflow_knows_the_names_of_estimators_symbols() -> None:
    from tensorflow.python.util import tf_export

    names = ["estimator.DNNClassifier"]
    assert tf_export.get_v1_names(tf.compat.v1.estimator.DNNClassifier) == names
    assert tf_export.get_v2_names(tf.estimator.DNNClassifier) == names
    assert tf_export.get_v1_names(tf.estimator.DNNClassifier) == []
    assert tf_export.get_v2_names(tf.constant) == ["constant"]
    assert tf_export.get_v2_names(3) == []


def test_sweep_estimator_is_tf_estimator_by_name() -> None:
    from sweep.estimator import EstimatorSpec

    assert EstimatorSpec is tf.estimator.EstimatorSpec
    assert all(getattr(estimator, name) is getattr(tf.estimator, name) for name in V2.split())
    assert {"restore", *V2.split()} <= set(dir(estimator))
    assert not hasattr(estimator, "DNNTransformer")


def test_sweep_estimator_imports_tensorflow_at_the_first_name(
    fresh_python: Callable[..., str],
) -> None:
    code = """if True:
        import os, sys
        from sweep import estimator
        from sweep.estimator import bridge, restore, versions
        assert not hasattr(estimator, "_private")
        assert "tensorflow" not in sys.modules
        estimator.RunConfig
        assert "tensorflow" in sys.modules
        import tensorflow as tf
        chosen = None if tf.__version__.startswith("2.15.") else "1"
        assert os.environ.get("TF_USE_LEGACY_KERAS") == chosen
        before = tf.__path__, tf.estimator
        restore()
        assert before == (tf.__path__, tf.estimator)
    """

    fresh_python(code)
