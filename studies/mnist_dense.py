"""A multilayer perceptron on MNIST: long and cheap trials, most of which rungs can skip.

It sweeps the learning rate, the batch size, the number of hidden layers, the width of each, and
their dropout. The data and everything but the network come from `mnist_conv`: it shows that a
study can import its neighbours, because its folder is on sys.path.
"""

from typing import Any

import optuna
import tensorflow as tf
from mnist_conv import eval_input_fn, head, train_input_fn

from sweep import StudySpec, TrialSpec

MAX_STEPS = 4_000


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    params: dict[str, Any] = {
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128]),
        "dropout": trial.suggest_float("dropout", 0.0, 0.6),
        "layers": trial.suggest_int("layers", 1, 3),
    }
    for i in range(params["layers"]):
        params[f"units_{i}"] = trial.suggest_int(f"units_{i}", 16, 256, log=True)
    return params


def model_fn(
    features: dict[str, tf.Tensor], labels: tf.Tensor, mode: str, params: dict[str, Any]
) -> tf.estimator.EstimatorSpec:
    layers = tf.compat.v1.layers
    training = mode == tf.estimator.ModeKeys.TRAIN
    net = layers.flatten(features["image"])
    for i in range(params["layers"]):
        net = layers.dense(net, params[f"units_{i}"], activation=tf.nn.relu)
        net = layers.dropout(net, params["dropout"], training=training)
    return head(layers.dense(net, 10), labels, mode, params["learning_rate"])


def build(params: dict[str, Any], config: tf.estimator.RunConfig) -> TrialSpec:
    return TrialSpec(
        tf.estimator.Estimator(model_fn, config=config, params=params),
        tf.estimator.TrainSpec(lambda: train_input_fn(params["batch_size"]), max_steps=MAX_STEPS),
        tf.estimator.EvalSpec(eval_input_fn, steps=None, start_delay_secs=0, throttle_secs=0),
    )


STUDY = StudySpec(
    search_space=search_space,
    build=build,
    metric="accuracy",
    direction="maximize",
    n_trials=20,
    save_checkpoints_steps=1_000,
)
