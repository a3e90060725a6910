"""A study whose only param decides what happens to a trial."""

import os
from typing import Any

import numpy as np
import optuna
import tensorflow as tf

from sweep import StudySpec, TrialSpec

FATES = [
    "good",
    "nan loss",
    "raises in build",
    "raises in model_fn",
    "raises in input_fn",
    "raises in an op",
    "wants too much memory",
    "reports no metric",
    "reports infinity",
    "reports no number",
    "reports a word",
    "trains on nothing",
    "trains on too little",
    "evaluates nothing",
]


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    return {"fate": trial.suggest_categorical("fate", FATES)}


def build(params: dict[str, Any], config: tf.estimator.RunConfig) -> TrialSpec:
    fate = params["fate"]
    if fate == "raises in build":
        raise ValueError("build does not like this")
    print("what the study prints")
    print("of the storage it knows", os.environ.get("SWEEP_STORAGE"))

    def input_fn(epochs: int = 5) -> tf.data.Dataset:
        if fate == "raises in input_fn":
            raise OSError("no such data")
        x = np.linspace(0, 1, 32, dtype="float32")[:, None]
        return tf.data.Dataset.from_tensor_slices((x, 2 * x)).repeat(epochs).batch(8)

    train_epochs = {"trains on nothing": 0, "trains on too little": 3}.get(fate, 5)
    eval_epochs = 0 if fate == "evaluates nothing" else 1

    def model_fn(features: tf.Tensor, labels: tf.Tensor, mode: str) -> tf.estimator.EstimatorSpec:
        if fate == "raises in model_fn":
            raise RuntimeError("a layer\nof two lines")
        prediction = tf.compat.v1.layers.dense(features, 1)
        if fate == "raises in an op":
            prediction = tf.debugging.check_numerics(prediction / 0.0, "no number", name="check")
        if fate == "wants too much memory":
            prediction += tf.reduce_sum(tf.zeros(tf.cast(1e14 + 0 * prediction[0], tf.int64)))
        loss = tf.reduce_mean((prediction - labels) ** 2)
        if fate == "nan loss":
            loss *= float("nan")
        train_op = tf.compat.v1.train.GradientDescentOptimizer(0.1).minimize(
            loss, global_step=tf.compat.v1.train.get_global_step()
        )
        errors = {
            "reports infinity": tf.constant(float("inf")),
            "reports no number": tf.constant(float("nan")),
            "reports a word": tf.constant("large"),
        }
        error = errors.get(fate)
        metric = tf.compat.v1.metrics.mean(loss) if error is None else (error, tf.no_op())
        metrics = {} if fate == "reports no metric" else {"error": metric}
        return tf.estimator.EstimatorSpec(
            mode, loss=loss, train_op=train_op, eval_metric_ops=metrics
        )

    return TrialSpec(
        tf.estimator.Estimator(model_fn, config=config),
        tf.estimator.TrainSpec(lambda: input_fn(train_epochs), max_steps=20),
        tf.estimator.EvalSpec(
            lambda: input_fn(eval_epochs), steps=None, start_delay_secs=0, throttle_secs=0
        ),
    )


STUDY = StudySpec(
    search_space=search_space,
    build=build,
    metric="error",
    direction="minimize",
    n_trials=len(FATES),
    save_checkpoints_steps=5,
    sampler="grid",
)
