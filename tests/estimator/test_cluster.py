"""A cluster of processes, each with its TF_CONFIG."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import tensorflow as tf

import sweep

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

TASK = """
import sys
from sweep import estimator
import tensorflow as tf

def input_fn():
    return tf.data.Dataset.from_tensors(({"x": [[1.0], [2.0]]}, [[2.0], [4.0]])).repeat()

config = estimator.RunConfig(sys.argv[1], save_checkpoints_steps=50)
print(config.task_type, config.task_id, config.is_chief, config.num_worker_replicas, flush=True)
estimator.train_and_evaluate(
    estimator.LinearRegressor([tf.feature_column.numeric_column("x")], config=config),
    estimator.TrainSpec(input_fn, max_steps=200),
    estimator.EvalSpec(input_fn, steps=2, start_delay_secs=0, throttle_secs=0),
)
"""


STRATEGY_TASK = """
import json, sys
from sweep import estimator
estimator.restore()
import tensorflow as tf

def input_fn():
    return tf.data.Dataset.from_tensors(({"x": [[1.0], [2.0]]}, [[2.0], [4.0]])).repeat()

class PrintEnd(tf.estimator.SessionRunHook):
    def end(self, session):
        variables = {v.name: v for v in tf.compat.v1.global_variables()}
        fetched = ["linear/linear_model/x/weights:0", "global_step:0"]
        weights, step = session.run([variables[name] for name in fetched])
        print(json.dumps([weights.tolist(), int(step)]), flush=True)

strategy = {
    "mirrored": lambda: tf.distribute.MirroredStrategy(["/cpu:0"]),
    "workers": tf.distribute.MultiWorkerMirroredStrategy,
    "servers": tf.compat.v1.distribute.experimental.ParameterServerStrategy,
}[sys.argv[2]]()
config = estimator.RunConfig(
    sys.argv[1], train_distribute=strategy, experimental_max_worker_delay_secs=0
)
model = estimator.LinearRegressor([tf.feature_column.numeric_column("x")], config=config)
try:
    if sys.argv[3] == "train":
        model.train(input_fn, max_steps=20)
    estimator.train_and_evaluate(
        model,
        estimator.TrainSpec(input_fn, max_steps=20, hooks=[PrintEnd()]),
        estimator.EvalSpec(input_fn, steps=2, start_delay_secs=0, throttle_secs=0),
    )
except ValueError as error:
    print(error, flush=True)
"""
CLIENT = """
import sys
from sweep import estimator
estimator.restore()
import tensorflow as tf
from tensorflow.python.distribute.distribute_config import DistributeConfig

chief, worker, ps = (f"localhost:{port}" for port in sys.argv[2:])
cluster = tf.train.ClusterSpec({"chief": [chief], "worker": [worker], "ps": [ps]})
servers = [tf.distribute.Server(cluster, job_name=job) for job in cluster.jobs]

def input_fn():
    return tf.data.Dataset.from_tensors(({"x": [[1.0], [2.0]]}, [[2.0], [4.0]])).repeat()

strategy = tf.compat.v1.distribute.experimental.ParameterServerStrategy()
distribute = DistributeConfig(strategy, remote_cluster=cluster)
config = estimator.RunConfig(sys.argv[1], experimental_distribute=distribute)
model = estimator.LinearRegressor([tf.feature_column.numeric_column("x")], config=config)
try:
    model.train(input_fn, steps=1)
except ValueError:
    print("train is refused")
estimator.train_and_evaluate(
    model, estimator.TrainSpec(input_fn, max_steps=20), estimator.EvalSpec(input_fn)
)
"""


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in sockets]
    for server in sockets:
        server.close()
    return ports


def run_cluster(
    code: str, jobs: Sequence[str], *args: object
) -> tuple[dict[str, str], dict[str, int | None]]:
    """What each task that ends by itself printed, and its exit status."""
    members = [job for job in jobs if job != "evaluator"]
    cluster = {
        job: [f"localhost:{port}"]
        for job, port in zip(members, free_ports(len(members)), strict=True)
    }
    tasks: dict[str, subprocess.Popen[str]] = {}
    ending = [job for job in jobs if job != "ps"]
    try:
        for job in jobs:
            tasks[job] = start(code, {"cluster": cluster, "task": {"type": job, "index": 0}}, args)
        printed = {job: tasks[job].communicate(timeout=120)[0] for job in ending}
    finally:
        for process in tasks.values():  # a parameter server never ends by itself
            process.kill()
            process.wait()
    return printed, {job: tasks[job].returncode for job in ending}


def start(
    code: str, tf_config: dict[str, object] | None, args: Sequence[object]
) -> subprocess.Popen[str]:
    path = str(Path(sweep.__file__).parents[1])
    environment = {name: value for name, value in os.environ.items() if name != "TF_CONFIG"}
    if tf_config:
        environment["TF_CONFIG"] = json.dumps(tf_config)
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        env={**environment, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_chief_worker_ps_and_evaluator_train_one_model(tmp_path: Path) -> None:
    printed, statuses = run_cluster(TASK, ["chief", "worker", "ps", "evaluator"], tmp_path)

    assert printed == {
        "chief": "chief 0 True 2\n",
        "worker": "worker 0 False 2\n",
        "evaluator": "evaluator 0 False 0\n",
    }
    assert set(statuses.values()) == {0}
    # The workers step without waiting for one another, so the last step may go beyond max_steps.
    assert int(tf.train.latest_checkpoint(str(tmp_path)).rpartition("-")[2]) >= 200
    assert list((tmp_path / "eval").glob("events.*"))


def test_mirrored_workers_end_with_the_same_weights(tmp_path: Path) -> None:
    printed, statuses = run_cluster(
        STRATEGY_TASK, ["chief", "worker"], tmp_path, "workers", "train_and_evaluate"
    )

    assert set(statuses.values()) == {0}
    weights, step = json.loads(printed["chief"])
    assert (step, weights != [[0.0]]) == (20, True)
    assert printed["worker"] == printed["chief"]
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "model.ckpt-20")


def test_workers_and_an_evaluator_share_a_parameter_server(tmp_path: Path) -> None:
    printed, statuses = run_cluster(
        STRATEGY_TASK,
        ["chief", "worker", "ps", "evaluator"],
        tmp_path,
        "servers",
        "train_and_evaluate",
    )

    assert set(statuses.values()) == {0}
    # The workers step without waiting for one another, so the last step may go beyond max_steps.
    assert all(json.loads(printed[job])[1] >= 20 for job in ("chief", "worker"))
    assert int(str(tf.train.latest_checkpoint(str(tmp_path))).rpartition("-")[2]) >= 20
    assert list((tmp_path / "eval").glob("events.*"))


def test_a_client_trains_on_the_servers_of_a_remote_cluster(tmp_path: Path) -> None:
    client = start(CLIENT, None, [tmp_path, *free_ports(3)])
    try:
        printed = client.communicate(timeout=120)[0]
    finally:
        client.kill()
        client.wait()

    assert (client.returncode, printed) == (0, "train is refused\n")
    assert int(str(tf.train.latest_checkpoint(str(tmp_path))).rpartition("-")[2]) >= 20


def test_train_alone_does_no_part_of_a_cluster(tmp_path: Path) -> None:
    printed, _ = run_cluster(STRATEGY_TASK, ["chief"], tmp_path, "workers", "train")

    if tf.__version__.startswith("2.15."):
        assert "`STANDALONE_CLIENT`" in printed["chief"]
    else:
        assert printed["chief"] == (
            "Estimator.train cannot do the part of one process of a cluster with "
            "CollectiveAllReduceStrategy: call tf.estimator.train_and_evaluate.\n"
        )


def test_tensorflow_refuses_a_mirrored_strategy_in_a_cluster(tmp_path: Path) -> None:
    printed, _ = run_cluster(
        STRATEGY_TASK, ["chief", "worker"], tmp_path, "mirrored", "train_and_evaluate"
    )

    assert set(printed.values()) == {
        "In-graph multi-worker training with `MirroredStrategy` is not supported.\n"
    }
