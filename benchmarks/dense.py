"""The reference workload without its data: dense 64-32, 400 steps of 64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optuna
import tensorflow as tf
from reference import LEARNING_RATES, N_STEPS

from sweep import StudySpec, TrialSpec

InputFn = Callable[[], tf.data.Dataset]


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    return {"learning_rate": trial.suggest_float("learning_rate", *LEARNING_RATES, log=True)}


def model_fn(
    features: dict[str, tf.Tensor], labels: tf.Tensor, mode: str, params: dict[str, Any]
) -> tf.estimator.EstimatorSpec:
    layers = tf.compat.v1.layers
    hidden = layers.dense(layers.flatten(features["image"]), 64, activation=tf.nn.relu)
    hidden = layers.dense(hidden, 32, activation=tf.nn.relu)
    logits = layers.dense(hidden, 10)
    loss = tf.compat.v1.losses.sparse_softmax_cross_entropy(labels, logits)
    if mode == tf.estimator.ModeKeys.EVAL:
        accuracy = tf.compat.v1.metrics.accuracy(labels, tf.argmax(logits, axis=1))
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops={"accuracy": accuracy})
    optimizer = tf.compat.v1.train.AdamOptimizer(params["learning_rate"])
    train_op = optimizer.minimize(loss, global_step=tf.compat.v1.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def study_on(train_input_fn: InputFn, eval_input_fn: InputFn, n_evaluations: int = 1) -> StudySpec:
    """The workload on this data, evaluated this often."""

    def build(params: dict[str, Any], config: tf.estimator.RunConfig) -> TrialSpec:
        return TrialSpec(
            tf.estimator.Estimator(model_fn, config=config, params=params),
            tf.estimator.TrainSpec(train_input_fn, max_steps=N_STEPS),
            tf.estimator.EvalSpec(eval_input_fn, steps=None, start_delay_secs=0, throttle_secs=0),
        )

    return StudySpec(
        search_space=search_space,
        build=build,
        metric="accuracy",
        direction="maximize",
        save_checkpoints_steps=N_STEPS // n_evaluations,
    )
