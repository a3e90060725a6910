"""The reference workload on MNIST, with the plain input_fn of studies/mnist_conv.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf
from dense import study_on
from reference import BATCH_SIZE

N_HELD_OUT = 10_000

with np.load(Path.home() / ".keras/datasets/mnist.npz") as arrays:
    images, labels = arrays["x_train"], arrays["y_train"]


def scale(image: tf.Tensor, label: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
    return {"image": tf.cast(image, tf.float32) / 255}, tf.cast(label, tf.int64)


def train_input_fn() -> tf.data.Dataset:
    dataset = tf.data.Dataset.from_tensor_slices((images[:-N_HELD_OUT], labels[:-N_HELD_OUT]))
    return dataset.shuffle(10_000).repeat().batch(BATCH_SIZE).map(scale).prefetch(2)


def eval_input_fn() -> tf.data.Dataset:
    dataset = tf.data.Dataset.from_tensor_slices((images[-N_HELD_OUT:], labels[-N_HELD_OUT:]))
    return dataset.batch(500).map(scale)


STUDY = study_on(train_input_fn, eval_input_fn)
