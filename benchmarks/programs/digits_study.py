"""The network and training of digits_2018.py as a study, with the data loaded as late."""

from __future__ import annotations

from typing import Any

import optuna
import tensorflow as tf
from sklearn.datasets import load_digits

from sweep import StudySpec, TrialSpec

N_HELD_OUT = 360
BATCH_SIZE = 64
N_STEPS = 400


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    return {"learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True)}


def model_fn(
    features: dict[str, tf.Tensor], labels: tf.Tensor, mode: str, params: dict[str, Any]
) -> tf.estimator.EstimatorSpec:
    layers = tf.compat.v1.layers
    hidden = layers.dense(features["image"], 64, activation=tf.nn.relu)
    hidden = layers.dense(hidden, 32, activation=tf.nn.relu)
    logits = layers.dense(hidden, 10)
    loss = tf.compat.v1.losses.sparse_softmax_cross_entropy(labels, logits)
    if mode == tf.estimator.ModeKeys.EVAL:
        accuracy = tf.compat.v1.metrics.accuracy(labels, tf.argmax(logits, axis=1))
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops={"accuracy": accuracy})
    optimizer = tf.compat.v1.train.AdamOptimizer(params["learning_rate"])
    train_op = optimizer.minimize(loss, global_step=tf.compat.v1.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def build(params: dict[str, Any], config: tf.estimator.RunConfig) -> TrialSpec:
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype("float32")

    def train_input_fn() -> tf.data.Dataset:
        arrays = ({"image": images[N_HELD_OUT:]}, labels[N_HELD_OUT:])
        dataset = tf.data.Dataset.from_tensor_slices(arrays)
        return dataset.shuffle(2_000).repeat().batch(BATCH_SIZE)

    def eval_input_fn() -> tf.data.Dataset:
        arrays = ({"image": images[:N_HELD_OUT]}, labels[:N_HELD_OUT])
        return tf.data.Dataset.from_tensor_slices(arrays).batch(N_HELD_OUT)

    return TrialSpec(
        tf.estimator.Estimator(model_fn, config=config, params=params),
        tf.estimator.TrainSpec(train_input_fn, max_steps=N_STEPS),
        tf.estimator.EvalSpec(eval_input_fn, steps=None, start_delay_secs=0, throttle_secs=0),
    )


STUDY = StudySpec(
    search_space=search_space,
    build=build,
    metric="accuracy",
    direction="maximize",
    save_checkpoints_steps=N_STEPS,
)
