"""Trains a network that reads scikit-learn's digits, as such programs were written in 2018."""

import argparse

import tensorflow as tf
from sklearn.datasets import load_digits

N_HELD_OUT = 360


def model_fn(features, labels, mode, params):
    hidden = tf.layers.dense(features["image"], 64, activation=tf.nn.relu)
    hidden = tf.layers.dense(hidden, 32, activation=tf.nn.relu)
    logits = tf.layers.dense(hidden, 10)
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    if mode == tf.estimator.ModeKeys.EVAL:
        accuracy = tf.metrics.accuracy(labels, tf.argmax(logits, axis=1))
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops={"accuracy": accuracy})
    optimizer = tf.train.AdamOptimizer(params["learning_rate"])
    train_op = optimizer.minimize(loss, global_step=tf.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def main(args):
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype("float32")

    def train_input_fn():
        arrays = ({"image": images[N_HELD_OUT:]}, labels[N_HELD_OUT:])
        dataset = tf.data.Dataset.from_tensor_slices(arrays)
        return dataset.shuffle(2000).repeat().batch(args.batch_size)

    def eval_input_fn():
        arrays = ({"image": images[:N_HELD_OUT]}, labels[:N_HELD_OUT])
        return tf.data.Dataset.from_tensor_slices(arrays).batch(N_HELD_OUT)

    config = tf.estimator.RunConfig(model_dir=args.job_dir, save_checkpoints_steps=args.train_steps)
    params = {"learning_rate": args.learning_rate}
    tf.estimator.train_and_evaluate(
        tf.estimator.Estimator(model_fn, config=config, params=params),
        tf.estimator.TrainSpec(train_input_fn, max_steps=args.train_steps),
        tf.estimator.EvalSpec(eval_input_fn, steps=None, start_delay_secs=0, throttle_secs=0),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--job-dir", required=True)
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--train-steps", type=int, default=400)
    main(parser.parse_args())
