"""The study of the results folder in `results.tar.xz`: a polynomial fitted to a sine.

A trial trains for a moment and its checkpoints are small. Trials of the loss "broken" fail. Two
environment variables, set while the folder was made, change how a trial runs but not what it
computes: `STUDY_SECONDS_A_STEP` makes it slow, so that it can be ended in the middle, and
`STUDY_WITHOUT_DATA` makes it fail.
"""

import os
import time
from typing import Any

import numpy as np
import optuna
import tensorflow as tf

from sweep import StudySpec, TrialSpec

MAX_STEPS = 30

points = np.linspace(-1, 1, 200, dtype="float32")
train_points, eval_points = points[::2], points[1::2]


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    params: dict[str, Any] = {
        "learning_rate": trial.suggest_float("learning_rate", 1e-3, 1.0, log=True),
        "degree": trial.suggest_int("degree", 1, 4),
        "loss": trial.suggest_categorical("loss", ["squared", "huber", "broken"]),
    }
    if params["loss"] == "huber":
        params["delta"] = trial.suggest_float("delta", 0.1, 1.0)
    return params


def input_fn(x: Any) -> tf.data.Dataset:
    if os.environ.get("STUDY_WITHOUT_DATA"):
        raise OSError("the points are away")
    return tf.data.Dataset.from_tensor_slices(({"x": x}, np.sin(3 * x)))


class Slowly(tf.estimator.SessionRunHook):  # type: ignore[misc]
    """Makes every step take a while."""

    def after_run(self, run_context: Any, run_values: Any) -> None:
        time.sleep(float(os.environ.get("STUDY_SECONDS_A_STEP", "0")))


def model_fn(
    features: dict[str, tf.Tensor], labels: tf.Tensor, mode: str, params: dict[str, Any]
) -> tf.estimator.EstimatorSpec:
    if params["loss"] == "broken":
        raise ValueError("this loss is broken")
    powers = [features["x"] ** (power + 1) for power in range(params["degree"])]
    fitted = tf.compat.v1.layers.dense(tf.stack(powers, axis=1), 1)[:, 0]

    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions={"y": fitted})

    losses = tf.compat.v1.losses
    if params["loss"] == "huber":
        loss = losses.huber_loss(labels, fitted, delta=params["delta"])
    else:
        loss = losses.mean_squared_error(labels, fitted)
    if mode == tf.estimator.ModeKeys.EVAL:
        error = tf.compat.v1.metrics.mean_squared_error(labels, fitted)
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops={"error": error})

    optimizer = tf.compat.v1.train.AdamOptimizer(params["learning_rate"])
    train_op = optimizer.minimize(loss, global_step=tf.compat.v1.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def build(params: dict[str, Any], config: tf.estimator.RunConfig) -> TrialSpec:
    return TrialSpec(
        tf.estimator.Estimator(model_fn, config=config, params=params),
        tf.estimator.TrainSpec(
            lambda: input_fn(train_points).shuffle(100).repeat().batch(20),
            max_steps=MAX_STEPS,
            hooks=[Slowly()],
        ),
        tf.estimator.EvalSpec(
            lambda: input_fn(eval_points).batch(100),
            steps=None,
            start_delay_secs=0,
            throttle_secs=0,
        ),
    )


STUDY = StudySpec(
    search_space=search_space,
    build=build,
    metric="error",
    direction="minimize",
    n_trials=6,
    save_checkpoints_steps=10,
)
