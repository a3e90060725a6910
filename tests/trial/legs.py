"""A study whose trials differ only in how they are cut into legs: no seed has any effect."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import tensorflow as tf

from sweep import StudySpec, TrialSpec

MAX_STEPS = 40
SECONDS_TO_EVALUATE = 0.6  # longer than global_step goes without being looked at
X = np.linspace(-1, 1, 32, dtype="float32")[:, None]


def model_fn(
    features: tf.Tensor, labels: tf.Tensor, mode: str, params: dict[str, Any]
) -> tf.estimator.EstimatorSpec:
    dense = tf.compat.v1.layers.dense(features, 1, kernel_initializer=tf.zeros_initializer())
    loss = tf.reduce_mean((dense - labels) ** 2)
    step = tf.compat.v1.train.get_or_create_global_step()
    rate = tf.compat.v1.train.exponential_decay(params["learning_rate"], step, 10, 0.7)
    train_op = tf.compat.v1.train.AdamOptimizer(rate).minimize(loss, step)
    metrics = {"learning_rate": tf.compat.v1.metrics.mean(rate)}
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op, eval_metric_ops=metrics)


def input_fn() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices((X, 3 * X + 1)).repeat().batch(32)


def eval_input_fn() -> tf.data.Dataset:
    time.sleep(SECONDS_TO_EVALUATE)
    return input_fn()


class NotingExporter(tf.estimator.Exporter):  # type: ignore[misc]
    """Notes down when it was called."""

    name = "noted"

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: dict[str, Any],
        is_the_final_export: bool,
    ) -> None:
        Path(export_path).parent.mkdir(exist_ok=True)
        with Path(export_path).open("a") as notes:
            notes.write(f"{eval_result['global_step']} {is_the_final_export}\n")


def build(params: dict[str, Any], config: tf.estimator.RunConfig) -> TrialSpec:
    throttle = {"throttle_secs": 3600} if params["throttled"] else {}
    return TrialSpec(
        tf.estimator.Estimator(model_fn, params=params, config=config),
        tf.estimator.TrainSpec(input_fn, max_steps=MAX_STEPS),
        tf.estimator.EvalSpec(eval_input_fn, steps=1, exporters=NotingExporter(), **throttle),
    )


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.5, log=True),
        "throttled": trial.suggest_categorical("throttled", [False, True]),
    }


STUDY = StudySpec(search_space=search_space, build=build, metric="loss", direction="minimize")
