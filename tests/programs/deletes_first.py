"""Tells tumours apart, from pandas into a premade DNN."""
import argparse
import shutil

import pandas as pd
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.INFO)

FEATURES = ['mean_radius', 'mean_texture', 'mean_smoothness', 'mean_concavity',
            'mean_symmetry']
LABEL = 'diagnosis'


def read(path, mean=None, std=None):
    df = pd.read_csv(path)
    x, y = df[FEATURES], (df[LABEL] == 'benign').astype('int32')
    mean = x.mean() if mean is None else mean
    std = x.std() if std is None else std
    return (x - mean) / std, y, mean, std


def make_train_input_fn(x, y, batch_size):
    return tf.estimator.inputs.pandas_input_fn(
        x=x, y=y, batch_size=batch_size, num_epochs=None, shuffle=True,
        queue_capacity=1000)


def make_eval_input_fn(x, y):
    return tf.estimator.inputs.pandas_input_fn(
        x=x, y=y, batch_size=128, num_epochs=1, shuffle=False)


def serving_input_fn():
    # Expects standardized values.
    placeholders = {name: tf.placeholder(tf.float64, [None]) for name in FEATURES}
    return tf.estimator.export.ServingInputReceiver(placeholders, placeholders)


def train_and_evaluate(args):
    # Start fresh each time.
    shutil.rmtree(args.model_dir, ignore_errors=True)
    tf.summary.FileWriterCache.clear()

    train_x, train_y, mean, std = read(args.train_data)
    eval_x, eval_y, _, _ = read(args.eval_data, mean, std)

    columns = [tf.feature_column.numeric_column(name) for name in FEATURES]
    estimator = tf.estimator.DNNClassifier(
        model_dir=args.model_dir,
        feature_columns=columns,
        hidden_units=[int(n) for n in args.hidden_units.split(' ')],
        optimizer=tf.train.AdamOptimizer(args.learning_rate),
        config=tf.estimator.RunConfig(save_checkpoints_steps=args.eval_steps))
    train_spec = tf.estimator.TrainSpec(
        input_fn=make_train_input_fn(train_x, train_y, args.batch_size),
        max_steps=args.train_steps)
    exporter = tf.estimator.FinalExporter('exporter', serving_input_fn)
    eval_spec = tf.estimator.EvalSpec(
        input_fn=make_eval_input_fn(eval_x, eval_y),
        steps=None,
        start_delay_secs=1,
        throttle_secs=1,
        exporters=exporter)
    tf.estimator.train_and_evaluate(estimator, train_spec, eval_spec)


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--train_data', required=True)
    parser.add_argument('--eval_data', required=True)
    parser.add_argument('--model_dir', default='tumours_trained')
    parser.add_argument('--learning_rate', type=float, default=0.01)
    parser.add_argument('--hidden_units', default='16 8',
                        help='layers, with blanks between them')
    parser.add_argument('--batch_size', type=int, default=32)
    parser.add_argument('--train_steps', type=int, default=500)
    parser.add_argument('--eval_steps', type=int, default=100,
                        help='steps between two evaluations')
    train_and_evaluate(parser.parse_args())
