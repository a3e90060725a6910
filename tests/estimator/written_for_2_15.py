"""A program for TensorFlow 2.15 as people wrote them; it does not know about sweep."""

# mypy: ignore-errors

import sys

import numpy as np
import tensorflow as tf
from tensorflow.compat.v1 import estimator as v1_estimator
from tensorflow.keras.utils import to_categorical
from tensorflow_estimator.python.estimator.mode_keys import ModeKeys

rng = np.random.default_rng(0)
POINTS = rng.normal(size=(256, 2)).astype(np.float32)
LABELS = (POINTS[:, 0] > POINTS[:, 1]).astype(np.int64)


def model_fn(features, labels, mode, params):
    hidden = tf.compat.v1.layers.dense(features["point"], params["units"], tf.nn.relu)
    hidden = tf.compat.v1.layers.dropout(hidden, 0.1, training=mode == ModeKeys.TRAIN)
    logits = tf.compat.v1.layers.dense(hidden, 2)
    predicted = tf.argmax(logits, axis=1)
    if mode == tf.estimator.ModeKeys.PREDICT:
        outputs = {"serving_default": tf.estimator.export.PredictOutput({"class": predicted})}
        return tf.estimator.EstimatorSpec(mode, {"class": predicted}, export_outputs=outputs)
    loss = tf.compat.v1.losses.sparse_softmax_cross_entropy(labels, logits)
    accuracy = tf.compat.v1.metrics.accuracy(labels, predicted)
    train_op = tf.compat.v1.train.AdamOptimizer(params["learning_rate"]).minimize(
        loss, tf.compat.v1.train.get_global_step()
    )
    return tf.estimator.EstimatorSpec(
        mode, loss=loss, train_op=train_op, eval_metric_ops={"accuracy": accuracy}
    )


def input_fn(shuffle, num_epochs):
    return v1_estimator.inputs.numpy_input_fn(
        {"point": POINTS}, LABELS, batch_size=32, num_epochs=num_epochs, shuffle=shuffle
    )


def serving_fn():
    point = tf.compat.v1.placeholder(tf.float32, [None, 2], name="point")
    return tf.estimator.export.build_raw_serving_input_receiver_fn({"point": point})()


def main(model_dir):
    estimator = tf.estimator.Estimator(
        model_fn,
        config=tf.estimator.RunConfig(model_dir, tf_random_seed=1, save_checkpoints_steps=50),
        params={"units": 8, "learning_rate": 0.03},
    )
    in_memory = tf.estimator.experimental.InMemoryEvaluatorHook(
        estimator, input_fn(False, 1), every_n_iter=60
    )
    early_stopping = tf.estimator.experimental.stop_if_no_decrease_hook(
        estimator, "loss", max_steps_without_decrease=1000, run_every_secs=None, run_every_steps=50
    )
    metrics, exports = tf.estimator.train_and_evaluate(
        estimator,
        tf.estimator.TrainSpec(input_fn(True, None), 120, hooks=[in_memory, early_stopping]),
        tf.estimator.EvalSpec(
            input_fn(False, 1),
            steps=None,
            start_delay_secs=0,
            throttle_secs=0,
            exporters=[
                tf.estimator.BestExporter("best", serving_fn),
                tf.estimator.LatestExporter("latest", serving_fn),
                tf.estimator.FinalExporter("final", serving_fn),
            ],
        ),
    )
    predicted = [p["class"] for p in estimator.predict(input_fn(False, 1))]
    assert np.mean(predicted == LABELS) == np.float32(metrics["accuracy"])
    assert to_categorical(predicted).shape == (256, 2)
    served = tf.saved_model.load(exports[-1].decode()).signatures["serving_default"]
    assert np.array_equal(served(tf.constant(POINTS))["class"], predicted)
    print(metrics["global_step"], metrics["accuracy"] > 0.8)


if __name__ == "__main__":
    main(sys.argv[1])
