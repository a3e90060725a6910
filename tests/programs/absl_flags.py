"""A multilayer perceptron for scikit-learn's handwritten digits."""

from absl import app
from absl import flags
from absl import logging
from sklearn import datasets
from sklearn import model_selection
import tensorflow as tf

FLAGS = flags.FLAGS

flags.DEFINE_string("model_dir", None, "Directory for checkpoints and summaries.")
flags.DEFINE_float("learning_rate", 0.01, "Learning rate of the optimizer.", lower_bound=0.0)
flags.DEFINE_enum("optimizer", "adam", ["adam", "momentum", "sgd"], "The optimizer.")
flags.DEFINE_float("momentum", 0.9, "Momentum, if that is the optimizer.")
flags.DEFINE_integer("num_layers", 2, "How many hidden layers there are.", lower_bound=0)
flags.DEFINE_integer("num_units", 32, "Units in each hidden layer.", lower_bound=1)
flags.DEFINE_bool("batch_norm", False, "Whether to normalize the hidden layers' inputs.")
flags.DEFINE_integer("batch_size", 64, "Examples in a batch.")
flags.DEFINE_integer("train_steps", 1000, "Steps to train for.")
flags.DEFINE_integer("eval_every", 250, "Steps between two evaluations.")


def load_digits():
    images, labels = datasets.load_digits(return_X_y=True)
    return model_selection.train_test_split(
        images.astype("float32") / 16.0, labels.astype("int32"), random_state=42)


def get_optimizer():
    if FLAGS.optimizer == "adam":
        return tf.compat.v1.train.AdamOptimizer(FLAGS.learning_rate)
    if FLAGS.optimizer == "momentum":
        return tf.compat.v1.train.MomentumOptimizer(FLAGS.learning_rate, FLAGS.momentum)
    return tf.compat.v1.train.GradientDescentOptimizer(FLAGS.learning_rate)


def model_fn(features, labels, mode):
    is_training = mode == tf.estimator.ModeKeys.TRAIN
    net = features
    for _ in range(FLAGS.num_layers):
        net = tf.compat.v1.layers.dense(net, FLAGS.num_units, use_bias=not FLAGS.batch_norm)
        if FLAGS.batch_norm:
            net = tf.compat.v1.layers.batch_normalization(net, training=is_training)
        net = tf.nn.relu(net)
    logits = tf.compat.v1.layers.dense(net, 10)
    predictions = tf.argmax(logits, axis=-1)

    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions={"digit": predictions})

    loss = tf.compat.v1.losses.sparse_softmax_cross_entropy(labels, logits)

    if mode == tf.estimator.ModeKeys.EVAL:
        metrics = {
            "accuracy": tf.compat.v1.metrics.accuracy(labels, predictions),
            "mean_per_class_accuracy":
                tf.compat.v1.metrics.mean_per_class_accuracy(labels, predictions, 10),
        }
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops=metrics)

    update_ops = tf.compat.v1.get_collection(tf.compat.v1.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(update_ops):
        train_op = get_optimizer().minimize(loss, tf.compat.v1.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def main(argv):
    if len(argv) > 1:
        raise app.UsageError("Too many command-line arguments.")

    train_x, test_x, train_y, test_y = load_digits()

    def train_input_fn():
        dataset = tf.data.Dataset.from_tensor_slices((train_x, train_y))
        return dataset.shuffle(len(train_y)).repeat().batch(FLAGS.batch_size)

    def eval_input_fn():
        return tf.data.Dataset.from_tensor_slices((test_x, test_y)).batch(512)

    config = tf.estimator.RunConfig(save_checkpoints_steps=FLAGS.eval_every, keep_checkpoint_max=3)
    estimator = tf.estimator.Estimator(model_fn, model_dir=FLAGS.model_dir, config=config)
    metrics, _ = tf.estimator.train_and_evaluate(
        estimator,
        tf.estimator.TrainSpec(train_input_fn, max_steps=FLAGS.train_steps),
        tf.estimator.EvalSpec(eval_input_fn, steps=None, start_delay_secs=0, throttle_secs=0),
    )
    if metrics:
        logging.info("Final accuracy: %.4f", metrics["accuracy"])


if __name__ == "__main__":
    flags.mark_flag_as_required("model_dir")
    app.run(main)
