"""The reference workload: scikit-learn's digits, dense 64-32, 400 steps of 64, one evaluation."""

from __future__ import annotations

import tensorflow as tf
from dense import study_on
from reference import BATCH_SIZE
from sklearn.datasets import load_digits

N_HELD_OUT = 360

images, labels = load_digits(return_X_y=True)
images = (images / 16).astype("float32")


def train_input_fn() -> tf.data.Dataset:
    arrays = ({"image": images[N_HELD_OUT:]}, labels[N_HELD_OUT:])
    return tf.data.Dataset.from_tensor_slices(arrays).shuffle(2_000).repeat().batch(BATCH_SIZE)


def eval_input_fn() -> tf.data.Dataset:
    arrays = ({"image": images[:N_HELD_OUT]}, labels[:N_HELD_OUT])
    return tf.data.Dataset.from_tensor_slices(arrays).batch(N_HELD_OUT)


STUDY = study_on(train_input_fn, eval_input_fn)
