"""Digits with as many hidden layers as you like: --hidden-units 64 32."""

import argparse

import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model-dir", default="models/digits")
parser.add_argument("--hidden-units", nargs="+", type=int, default=[64, 32], metavar="N")
parser.add_argument("--learning-rate", "--lr", type=float, default=1e-2)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--steps", type=int, default=500)
parser.add_argument("--no-shuffle", dest="shuffle", action="store_false")

# Set by setup().
HIDDEN_UNITS = None
LEARNING_RATE = None
BATCH_SIZE = None
SHUFFLE = True
DATA = {}


def setup(args):
    global HIDDEN_UNITS, LEARNING_RATE, BATCH_SIZE, SHUFFLE
    HIDDEN_UNITS = args.hidden_units
    LEARNING_RATE = args.learning_rate
    BATCH_SIZE = args.batch_size
    SHUFFLE = args.shuffle

    digits = load_digits()
    images = (digits.images / 16.0).astype("float32")
    x_train, x_test, y_train, y_test = train_test_split(
        images, digits.target, test_size=0.25, random_state=1, stratify=digits.target
    )
    DATA["train"] = x_train, y_train
    DATA["test"] = x_test, y_test


def model_fn(features, labels, mode):
    training = mode == tf.estimator.ModeKeys.TRAIN
    layers = [tf.keras.layers.Flatten()]
    layers += [tf.keras.layers.Dense(units, activation="relu") for units in HIDDEN_UNITS]
    layers += [tf.keras.layers.Dense(10)]
    model = tf.keras.Sequential(layers)
    logits = model(features, training=training)

    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions=tf.nn.softmax(logits))

    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )
    if mode == tf.estimator.ModeKeys.EVAL:
        accuracy = tf.keras.metrics.SparseCategoricalAccuracy()
        accuracy.update_state(labels, logits)
        top_3 = tf.keras.metrics.SparseTopKCategoricalAccuracy(k=3)
        top_3.update_state(labels, logits)
        return tf.estimator.EstimatorSpec(
            mode, loss=loss, eval_metric_ops={"accuracy": accuracy, "top_3": top_3}
        )

    optimizer = tf.compat.v1.train.AdamOptimizer(LEARNING_RATE)
    train_op = optimizer.minimize(
        loss,
        global_step=tf.compat.v1.train.get_global_step(),
        var_list=model.trainable_variables,
    )
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def train_input():
    dataset = tf.data.Dataset.from_tensor_slices(DATA["train"])
    if SHUFFLE:
        dataset = dataset.shuffle(len(DATA["train"][1]))
    return dataset.repeat().batch(BATCH_SIZE)


def test_input():
    return tf.data.Dataset.from_tensor_slices(DATA["test"]).batch(256)


def run(args):
    config = tf.estimator.RunConfig(model_dir=args.model_dir, save_checkpoints_steps=100)
    tf.estimator.train_and_evaluate(
        tf.estimator.Estimator(model_fn, config=config),
        tf.estimator.TrainSpec(train_input, max_steps=args.steps),
        tf.estimator.EvalSpec(test_input, steps=None, start_delay_secs=0, throttle_secs=0),
    )


if __name__ == "__main__":
    arguments = parser.parse_args()
    setup(arguments)
    run(arguments)
