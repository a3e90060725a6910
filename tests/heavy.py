"""A study whose checkpoints are large enough to be interrupted while they are written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import tensorflow as tf

from sweep import StudySpec, TrialSpec

MIB = int(os.environ.get("HEAVY_MIB", "1"))


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    return {"rate": trial.suggest_float("rate", 0.01, 0.1)}


def model_fn(
    features: tf.Tensor, labels: tf.Tensor, mode: str, params: dict[str, Any]
) -> tf.estimator.EstimatorSpec:
    weight = tf.compat.v1.get_variable("weight", [], initializer=tf.zeros_initializer())
    tf.compat.v1.get_variable("ballast", [MIB * 2**18], initializer=tf.zeros_initializer())
    loss = tf.reduce_mean((features * weight - labels) ** 2)
    optimizer = tf.compat.v1.train.GradientDescentOptimizer(params["rate"])
    train_op = optimizer.minimize(
        loss, global_step=tf.compat.v1.train.get_global_step(), var_list=[weight]
    )
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def input_fn() -> tf.data.Dataset:
    x = np.linspace(0, 1, 32, dtype="float32")
    return tf.data.Dataset.from_tensor_slices((x, 2 * x)).repeat().batch(8)


def build(params: dict[str, Any], config: tf.estimator.RunConfig) -> TrialSpec:
    Path(config.model_dir).with_name("pid").write_text(str(os.getpid()))
    return TrialSpec(
        tf.estimator.Estimator(model_fn, config=config, params=params),
        tf.estimator.TrainSpec(input_fn, max_steps=60),
        tf.estimator.EvalSpec(input_fn, steps=4, start_delay_secs=0, throttle_secs=0),
    )


STUDY = StudySpec(
    search_space=search_space,
    build=build,
    metric="loss",
    direction="minimize",
    n_trials=1,
    save_checkpoints_steps=20,
)
