"""The classic convolutional network on MNIST: a study with longer trials.

It sweeps the learning rate, the batch size, the filters of two convolutions, the dense layer's
width and its dropout. The networks are compared on 10,000 images from MNIST's training set, so its
test set is still unseen when the best network is chosen. It shows large arrays in an ordinary
input_fn, a hook that logs during training, and data that may be missing.
"""

import socket
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import numpy as np
import optuna
import tensorflow as tf

from sweep import StudySpec, TrialSpec
from sweep.errors import StudyError

MAX_STEPS = 1_000
HELD_OUT = 10_000


def load_mnist() -> Any:
    """MNIST's training images and labels; Keras downloads them if its cache does not have them.

    An existing file is read as it is. Keras's `load_data` would replace any file that differs from
    its download, and would lose it without a network.
    """
    path = Path.home() / ".keras" / "datasets" / "mnist.npz"
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(5)  # without it, a network that drops packets would hang for minutes
    try:
        if not is_zipfile(path):
            return tf.keras.datasets.mnist.load_data()[0]
        with np.load(path) as arrays:
            return arrays["x_train"], arrays["y_train"]
    except Exception as error:
        raise StudyError(
            f"There is no usable MNIST in {path} and its download failed: connect to the network, "
            "or copy mnist.npz there."
        ) from error
    finally:
        socket.setdefaulttimeout(timeout)


# Read once, when the study is loaded: without data no sweep starts, and all trials share it.
images, labels = load_mnist()


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 3e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128]),
        "filters_1": trial.suggest_int("filters_1", 8, 32, step=8),
        "filters_2": trial.suggest_int("filters_2", 16, 64, step=16),
        "units": trial.suggest_int("units", 32, 256, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.6),
    }


def scale(image: tf.Tensor, label: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
    """The image, scaled from 0 to 1, with the axis of channels that a convolution needs."""
    return {"image": tf.cast(image[..., tf.newaxis], tf.float32) / 255}, tf.cast(label, tf.int64)


def train_input_fn(batch_size: int) -> tf.data.Dataset:
    dataset = tf.data.Dataset.from_tensor_slices((images[:-HELD_OUT], labels[:-HELD_OUT]))
    return dataset.shuffle(10_000).repeat().batch(batch_size).map(scale).prefetch(2)


def eval_input_fn() -> tf.data.Dataset:
    dataset = tf.data.Dataset.from_tensor_slices((images[-HELD_OUT:], labels[-HELD_OUT:]))
    return dataset.batch(500).map(scale)


def model_fn(
    features: dict[str, tf.Tensor], labels: tf.Tensor, mode: str, params: dict[str, Any]
) -> tf.estimator.EstimatorSpec:
    layers = tf.compat.v1.layers
    training = mode == tf.estimator.ModeKeys.TRAIN
    net = layers.conv2d(features["image"], params["filters_1"], 5, activation=tf.nn.relu)
    net = layers.max_pooling2d(net, pool_size=2, strides=2)
    net = layers.conv2d(net, params["filters_2"], 3, activation=tf.nn.relu)
    net = layers.max_pooling2d(net, pool_size=2, strides=2)
    net = layers.dense(layers.flatten(net), params["units"], activation=tf.nn.relu)
    net = layers.dropout(net, params["dropout"], training=training)
    return head(layers.dense(net, 10), labels, mode, params["learning_rate"])


def head(
    logits: tf.Tensor, labels: tf.Tensor, mode: str, learning_rate: float
) -> tf.estimator.EstimatorSpec:
    """The predictions, metrics and training of a network that ends in `logits`."""
    classes = tf.argmax(logits, axis=1)
    if mode == tf.estimator.ModeKeys.PREDICT:
        predictions = {"class": classes, "probabilities": tf.nn.softmax(logits)}
        return tf.estimator.EstimatorSpec(mode, predictions=predictions)

    loss = tf.compat.v1.losses.sparse_softmax_cross_entropy(labels, logits)
    if mode == tf.estimator.ModeKeys.EVAL:
        accuracy = tf.compat.v1.metrics.accuracy(labels, classes)
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops={"accuracy": accuracy})

    batch_accuracy = tf.reduce_mean(tf.cast(tf.equal(labels, classes), tf.float32))
    logging = tf.estimator.LoggingTensorHook({"batch_accuracy": batch_accuracy}, every_n_iter=100)
    optimizer = tf.compat.v1.train.AdamOptimizer(learning_rate)
    train_op = optimizer.minimize(loss, global_step=tf.compat.v1.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op, training_hooks=[logging])


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
    n_trials=12,
    save_checkpoints_steps=250,
)
