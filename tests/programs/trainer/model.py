"""The classifier, and what it takes when it is served."""
import tensorflow as tf

from trainer import util


def _normalizer(mean, deviation):
  return lambda x: (tf.to_float(x) - mean) / deviation


def make_columns(statistics):
  """The numbers themselves, and the radius in buckets."""
  columns = []
  for name in util.MEASUREMENTS:
    mean, deviation = statistics[name]
    columns.append(tf.feature_column.numeric_column(
        name, normalizer_fn=_normalizer(mean, deviation)))
  mean, deviation = statistics['mean_radius']
  radius_buckets = tf.feature_column.bucketized_column(
      tf.feature_column.numeric_column('mean_radius'),
      boundaries=[mean + deviation * i for i in (-1, 0, 1, 2)])
  return columns + [tf.feature_column.indicator_column(radius_buckets)]


def make_optimizer(name, learning_rate):
  if name == 'adam':
    return tf.train.AdamOptimizer(learning_rate)
  if name == 'rmsprop':
    return tf.train.RMSPropOptimizer(learning_rate)
  return tf.train.AdagradOptimizer(learning_rate)


def build_estimator(config, statistics, hidden_units, learning_rate,
                    optimizer='adagrad', dropout=None):
  """Builds the classifier.

  Args:
    config: tf.estimator.RunConfig, with the model_dir.
    statistics: mean and deviation by measurement.
    hidden_units: list of int, one for each hidden layer.
    learning_rate: float.
    optimizer: 'adagrad', 'adam' or 'rmsprop'.
    dropout: share of the units that is dropped, or None.

  Returns:
    A tf.estimator.DNNClassifier.
  """
  return tf.estimator.DNNClassifier(
      config=config,
      feature_columns=make_columns(statistics),
      hidden_units=hidden_units,
      optimizer=make_optimizer(optimizer, learning_rate),
      dropout=dropout,
      label_vocabulary=util.LABELS)


def csv_serving_input_fn():
  """Serves lines of CSV without the label."""
  csv_row = tf.placeholder(shape=[None], dtype=tf.string)
  columns = tf.decode_csv(
      csv_row, record_defaults=util.CSV_DEFAULTS[:len(util.MEASUREMENTS)])
  features = {name: tf.expand_dims(column, -1)
              for name, column in zip(util.MEASUREMENTS, columns)}
  return tf.estimator.export.ServingInputReceiver(features,
                                                  {'csv_row': csv_row})


def json_serving_input_fn():
  """Serves one tensor for each measurement."""
  inputs = {name: tf.placeholder(shape=[None, 1], dtype=tf.float32)
            for name in util.MEASUREMENTS}
  return tf.estimator.export.ServingInputReceiver(inputs, inputs)


SERVING_FUNCTIONS = {'CSV': csv_serving_input_fn, 'JSON': json_serving_input_fn}
