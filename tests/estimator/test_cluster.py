"""A cluster of processes, each with its TF_CONFIG."""

import json
import os
import socket
import subprocess
import sys
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


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in sockets]
    for server in sockets:
        server.close()
    return ports


def start(task: str, cluster: dict[str, list[str]], model_dir: Path) -> subprocess.Popen[str]:
    tf_config = json.dumps({"cluster": cluster, "task": {"type": task, "index": 0}})
    path = str(Path(sweep.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", TASK, str(model_dir)],
        env={**os.environ, "TF_CONFIG": tf_config, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_chief_worker_ps_and_evaluator_train_one_model(tmp_path: Path) -> None:
    chief, worker, ps = (f"localhost:{port}" for port in free_ports(3))
    cluster = {"chief": [chief], "worker": [worker], "ps": [ps]}
    tasks = {name: start(name, cluster, tmp_path) for name in (*cluster, "evaluator")}
    try:
        printed = {
            name: tasks[name].communicate(timeout=120)[0]
            for name in ("chief", "worker", "evaluator")
        }
    finally:
        for process in tasks.values():  # a parameter server never ends by itself
            process.kill()
            process.wait()

    assert printed == {
        "chief": "chief 0 True 2\n",
        "worker": "worker 0 False 2\n",
        "evaluator": "evaluator 0 False 0\n",
    }
    assert [tasks[name].returncode for name in printed] == [0, 0, 0]
    # The workers step without waiting for one another, so the last step may go beyond max_steps.
    assert int(tf.train.latest_checkpoint(str(tmp_path)).rpartition("-")[2]) >= 200
    assert list((tmp_path / "eval").glob("events.*"))
