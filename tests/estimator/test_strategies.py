"""RunConfig with a distribution strategy."""

import json
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from tensorflow.python.distribute.distribute_config import DistributeConfig

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


def test_a_strategy_in_a_cluster_takes_its_task_when_training_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task = {"type": "worker", "index": 0}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": CLUSTER, "task": task}))

    config = tf.estimator.RunConfig(train_distribute=mirrored())

    assert config.cluster_spec.as_dict() == CLUSTER
    assert (config.task_type, config.is_chief, config.num_worker_replicas) == ("worker", True, 1)


def test_a_cluster_is_given_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    task = {"type": "chief", "index": 0}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": CLUSTER, "task": task}))
    distribute = DistributeConfig(mirrored(), remote_cluster=CLUSTER)

    with pytest.raises(ValueError, match=r"TF_CONFIG.*`?remote_cluster`"):
        tf.estimator.RunConfig(experimental_distribute=distribute)


@bridged
@pytest.mark.parametrize(
    ("task_type", "task_id", "expected"),
    [
        ("chief", 0, 0),
        ("worker", 1, 2),
        ("ps", 0, 3),
        (None, None, 0),
    ],
)
def test_tasks_are_numbered_from_the_chief_to_the_parameter_servers(
    task_type: str | None, task_id: int | None, expected: int
) -> None:
    from types import SimpleNamespace

    from sweep.estimator import estimator_training

    cluster = tf.train.ClusterSpec({"ps": ["c:1"], "worker": ["b:1", "b:2"], "chief": ["a:1"]})
    context = SimpleNamespace(cluster_spec=cluster, task_type=task_type, task_id=task_id)

    assert estimator_training._global_id(context) == expected


@pytest.mark.parametrize("method", ["train", "evaluate"])
def test_a_remote_cluster_with_an_evaluator_is_for_train_and_evaluate(method: str) -> None:
    cluster = {**CLUSTER, "evaluator": ["localhost:3"]}
    distribute = DistributeConfig(mirrored(), mirrored(), remote_cluster=cluster)
    config = tf.estimator.RunConfig(experimental_distribute=distribute)
    model = tf.estimator.LinearRegressor([tf.feature_column.numeric_column("x")], config=config)

    with pytest.raises(ValueError, match="evaluator"):
        getattr(model, method)(input_fn, steps=1)


def test_an_evaluation_strategy_is_allowed_in_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    task = {"type": "worker", "index": 0}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": CLUSTER, "task": task}))

    config = tf.estimator.RunConfig(eval_distribute=mirrored())

    assert (config.task_type, config.num_worker_replicas, config.is_chief) == ("worker", 2, False)
