import argparse
import os

import tensorflow as tf
from sklearn.datasets import load_digits

parser = argparse.ArgumentParser()
parser.add_argument("--output_dir", type=str, default="output",
                    help="checkpoints, logs and the vocabulary of classes are written here")
parser.add_argument("--learning_rate", type=float, default=0.05)
parser.add_argument("--num_train_steps", type=int, default=300)
parser.add_argument("--train_batch_size", type=int, default=32)


def model_fn(features, labels, mode, params):
    logits = tf.compat.v1.layers.dense(features["pixels"], 10, name="logits")
    classes = tf.argmax(logits, axis=1)
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions={"class": classes})
    loss = tf.compat.v1.losses.sparse_softmax_cross_entropy(labels, logits)
    train_op = tf.compat.v1.train.AdagradOptimizer(params["learning_rate"]).minimize(
        loss, global_step=tf.compat.v1.train.get_global_step())
    return tf.estimator.EstimatorSpec(
        mode, loss=loss, train_op=train_op,
        eval_metric_ops={"eval_accuracy": tf.compat.v1.metrics.accuracy(labels, classes)})


def main():
    args = parser.parse_args()
    os.makedirs(args.output_dir, exist_ok=True)
    with open(os.path.join(args.output_dir, "classes.txt"), "w") as f:
        f.write("\n".join(str(digit) for digit in range(10)))

    x, y = load_digits(return_X_y=True)
    x = x.astype("float32") / 16.0

    def input_fn(part, training):
        def fn():
            ds = tf.data.Dataset.from_tensor_slices(({"pixels": x[part]}, y[part]))
            return ds.shuffle(2000).repeat().batch(args.train_batch_size) if training else ds.batch(500)
        return fn

    estimator = tf.estimator.Estimator(
        model_fn=model_fn,
        config=tf.estimator.RunConfig(model_dir=args.output_dir, save_checkpoints_steps=100),
        params={"learning_rate": args.learning_rate})
    tf.estimator.train_and_evaluate(
        estimator,
        tf.estimator.TrainSpec(input_fn(slice(0, 1400), True), max_steps=args.num_train_steps),
        tf.estimator.EvalSpec(input_fn(slice(1400, None), False), steps=None, throttle_secs=0))


if __name__ == "__main__":
    main()
