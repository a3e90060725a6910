"""Pays the cost of a process's first graph once, before processes are forked.

TensorFlow imports and caches a lot when the first layer, gradient, metric or Saver is built. A
small model is built here only for that. No session and no eager op runs, so forking stays safe.
"""

from __future__ import annotations

import logging
import warnings
from typing import Any

import tensorflow as tf


def warm_up() -> None:
    """Builds a small Estimator's graphs."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            _build_graph(tf.estimator.ModeKeys.TRAIN)
            _build_graph(tf.estimator.ModeKeys.EVAL)
    finally:
        logger.setLevel(level)


def _build_graph(mode: str) -> None:
    with tf.Graph().as_default():
        tf.compat.v1.set_random_seed(0)
        step = tf.compat.v1.train.create_global_step()
        dataset = tf.data.Dataset.from_tensor_slices(({"x": [[0.0, 1.0]]}, [0]))
        batches = dataset.shuffle(2).repeat().batch(1).prefetch(1)
        features, labels = tf.compat.v1.data.make_initializable_iterator(batches).get_next()
        spec = _model_fn(features, labels, mode, step)
        tf.compat.v1.summary.scalar("loss", spec.loss)
        tf.compat.v1.train.Scaffold(saver=tf.compat.v1.train.Saver()).finalize()


def _model_fn(features: dict[str, Any], labels: Any, mode: str, step: Any) -> Any:
    layers = tf.compat.v1.layers
    hidden = layers.dense(features["x"], 2, activation=tf.nn.relu)
    logits = layers.dense(hidden, 2)
    loss = tf.compat.v1.losses.sparse_softmax_cross_entropy(labels, logits)
    if mode == tf.estimator.ModeKeys.EVAL:
        accuracy = tf.compat.v1.metrics.accuracy(labels, tf.argmax(logits, axis=1))
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops={"accuracy": accuracy})
    train_op = tf.compat.v1.train.AdamOptimizer().minimize(loss, global_step=step)
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)
