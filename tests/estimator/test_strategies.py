"""RunConfig with a distribution strategy."""

import json
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from tensorflow.python.distribute.distribute_config import DistributeConfig

from sweep.errors import TensorFlowError

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # thousands, from tf.function
]

bridged = pytest.mark.skipif(
    tf.__version__.startswith("2.15."), reason="TensorFlow 2.15 uses its own Estimator"
)
CLUSTER = {"chief": ["localhost:1"], "worker": ["localhost:2"]}


def mirrored() -> Any:
    return tf.distribute.MirroredStrategy(["/cpu:0"])


def input_fn() -> Any:
    return tf.data.Dataset.from_tensors(({"x": [[1.0], [2.0]]}, [[2.0], [4.0]])).repeat()


def test_mirrored_strategy_trains_in_one_process(tmp_path: Path) -> None:
    strategy = mirrored()
    config = tf.estimator.RunConfig(
        str(tmp_path), train_distribute=strategy, eval_distribute=strategy
    )
    columns = [tf.feature_column.numeric_column("x")]
    model = tf.estimator.LinearRegressor(columns, config=config)

    model.train(input_fn, steps=5)

    assert model.evaluate(input_fn, steps=2)["global_step"] == 5
    assert (config.task_type, config.is_chief, config.num_worker_replicas) == ("worker", True, 1)


def test_distribute_config_hands_its_strategies_to_run_config() -> None:
    train, evaluate = mirrored(), mirrored()

    config = tf.estimator.RunConfig(experimental_distribute=DistributeConfig(train, evaluate))

    assert config.train_distribute is train
    assert config.eval_distribute is evaluate


def test_a_strategy_is_given_only_once() -> None:
    with pytest.raises(ValueError, match="Either `train_distribute` or"):
        tf.estimator.RunConfig(
            train_distribute=mirrored(), experimental_distribute=DistributeConfig(mirrored())
        )


@bridged
def test_a_strategy_does_not_span_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    task = {"type": "chief", "index": 0}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": CLUSTER, "task": task}))

    with pytest.raises(TensorFlowError) as raised:
        tf.estimator.RunConfig(train_distribute=mirrored())

    assert str(raised.value) == (
        "RunConfig(train_distribute=MirroredStrategy) in a cluster needs TensorFlow 2.15: "
        "unset TF_CONFIG to train in one process, or leave out the strategy."
    )


@bridged
def test_a_strategy_does_not_span_a_remote_cluster() -> None:
    distribute = DistributeConfig(mirrored(), remote_cluster=CLUSTER)

    with pytest.raises(TensorFlowError, match=r"needs TensorFlow 2\.15"):
        tf.estimator.RunConfig(experimental_distribute=distribute)


def test_an_evaluation_strategy_is_allowed_in_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    task = {"type": "worker", "index": 0}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": CLUSTER, "task": task}))

    config = tf.estimator.RunConfig(eval_distribute=mirrored())

    assert (config.task_type, config.num_worker_replicas, config.is_chief) == ("worker", 2, False)
