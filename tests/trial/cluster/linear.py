"""A study of a small network, and a program that trains one of its trials.

MAX_STEPS, in the environment, is how far it is trained.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from typing import Any

import numpy as np
import optuna
import tensorflow as tf

from sweep import StudySpec, TrialSpec, estimator

MAX_STEPS = int(os.environ.get("MAX_STEPS", "100"))
EVERY = 50
SEED = 7
X = np.linspace(-1, 1, 200, dtype="float32")[:, None]


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    return {"rate": trial.suggest_float("rate", 0.01, 0.1)}


def input_fn(epochs: int | None = None) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices((X, np.sin(X))).repeat(epochs).batch(16)


def model_fn(
    features: tf.Tensor, labels: tf.Tensor, mode: str, params: dict[str, Any]
) -> tf.estimator.EstimatorSpec:
    hidden = tf.compat.v1.layers.dense(features, 8, tf.nn.tanh)
    predictions = tf.compat.v1.layers.dense(hidden, 1)
    loss = tf.reduce_mean((predictions - labels) ** 2)
    step = tf.compat.v1.train.get_global_step()
    train_op = tf.compat.v1.train.GradientDescentOptimizer(params["rate"]).minimize(loss, step)
    return tf.estimator.EstimatorSpec(mode, predictions, loss, train_op)


def build(params: dict[str, Any], config: Any) -> TrialSpec:
    strategies = {
        "servers": tf.compat.v1.distribute.experimental.ParameterServerStrategy,
        "workers": tf.distribute.MultiWorkerMirroredStrategy,
        "mirrored": lambda: tf.distribute.MirroredStrategy(["/cpu:0"]),
    }
    if strategy := params.get("strategy", os.environ.get("STRATEGY")):
        config = config.replace(train_distribute=strategies[strategy]())
    config = config.replace(experimental_max_worker_delay_secs=0)
    return TrialSpec(
        tf.estimator.Estimator(model_fn, config=config, params=params),
        tf.estimator.TrainSpec(input_fn, max_steps=MAX_STEPS),
        tf.estimator.EvalSpec(lambda: input_fn(1), steps=None, start_delay_secs=0, throttle_secs=0),
    )


STUDY = StudySpec(
    search_space=search_space,
    build=build,
    metric="loss",
    direction="minimize",
    save_checkpoints_steps=EVERY,
)


class _Printing(estimator.Exporter):  # type: ignore[misc]
    """Prints every evaluation."""

    name = "printing"

    def export(self, *_: Any, eval_result: dict[str, Any], **__: Any) -> None:
        print(json.dumps({name: value.item() for name, value in eval_result.items()}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model-dir")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--rate", type=float)
    flags = parser.parse_args()
    config = estimator.RunConfig(
        flags.model_dir, tf_random_seed=flags.seed, save_checkpoints_steps=EVERY
    )
    random.seed(
        flags.seed
    )  # as a trial does, for Keras draws the seeds of its initializers from it
    trial_spec = build({"rate": flags.rate}, config)
    estimator.train_and_evaluate(
        trial_spec.estimator,
        trial_spec.train_spec,
        trial_spec.eval_spec._replace(exporters=[_Printing()]),
    )


if __name__ == "__main__":
    estimator.restore()
    main()
