"""The default study: a multilayer perceptron that reads handwritten digits.

It sweeps the learning rate, the batch size, the number of hidden layers and the width of each, on
scikit-learn's 1,797 images of 8x8 pixels. It shows a custom `model_fn`, a search space in which
one param decides which others exist (only an existing layer has a width), and a model that is
exported when a trial ends.
"""

from typing import Any

import optuna
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sweep import StudySpec, TrialSpec

MAX_STEPS = 500

images, labels = load_digits(return_X_y=True)
images = (images / 16).astype("float32")  # a pixel is a count from 0 to 16
train_images, valid_images, train_labels, valid_labels = train_test_split(
    images, labels, test_size=0.25, stratify=labels, random_state=0
)


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    params: dict[str, Any] = {
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [16, 32, 64, 128]),
        "layers": trial.suggest_int("layers", 1, 3),
    }
    for i in range(params["layers"]):
        params[f"units_{i}"] = trial.suggest_int(f"units_{i}", 8, 128, log=True)
    return params


def train_input_fn(batch_size: int) -> tf.data.Dataset:
    dataset = tf.data.Dataset.from_tensor_slices(({"image": train_images}, train_labels))
    return dataset.shuffle(len(train_images)).repeat().batch(batch_size)


def eval_input_fn() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(({"image": valid_images}, valid_labels)).batch(256)


def serving_input_fn() -> tf.estimator.export.ServingInputReceiver:
    image = tf.compat.v1.placeholder(tf.float32, [None, 64], name="image")
    return tf.estimator.export.ServingInputReceiver({"image": image}, {"image": image})


def model_fn(
    features: dict[str, tf.Tensor], labels: tf.Tensor, mode: str, params: dict[str, Any]
) -> tf.estimator.EstimatorSpec:
    hidden = features["image"]
    for i in range(params["layers"]):
        hidden = tf.compat.v1.layers.dense(hidden, params[f"units_{i}"], activation=tf.nn.relu)
    logits = tf.compat.v1.layers.dense(hidden, 10)
    classes = tf.argmax(logits, axis=1)

    if mode == tf.estimator.ModeKeys.PREDICT:
        predictions = {"class": classes, "probabilities": tf.nn.softmax(logits)}
        return tf.estimator.EstimatorSpec(mode, predictions=predictions)

    loss = tf.compat.v1.losses.sparse_softmax_cross_entropy(labels, logits)
    if mode == tf.estimator.ModeKeys.EVAL:
        accuracy = tf.compat.v1.metrics.accuracy(labels, classes)
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops={"accuracy": accuracy})

    optimizer = tf.compat.v1.train.AdamOptimizer(params["learning_rate"])
    train_op = optimizer.minimize(loss, global_step=tf.compat.v1.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def build(params: dict[str, Any], config: tf.estimator.RunConfig) -> TrialSpec:
    return TrialSpec(
        tf.estimator.Estimator(model_fn, config=config, params=params),
        tf.estimator.TrainSpec(lambda: train_input_fn(params["batch_size"]), max_steps=MAX_STEPS),
        tf.estimator.EvalSpec(
            eval_input_fn,
            steps=None,  # all of the data
            exporters=tf.estimator.FinalExporter("final", serving_input_fn),
            # Every checkpoint is evaluated, so the trial has a learning curve. By default,
            # Estimator waits 2 minutes at first and 10 minutes between evaluations.
            start_delay_secs=0,
            throttle_secs=0,
        ),
    )


STUDY = StudySpec(
    search_space=search_space,
    build=build,
    metric="accuracy",
    direction="maximize",
    n_trials=20,
    save_checkpoints_steps=125,
)
