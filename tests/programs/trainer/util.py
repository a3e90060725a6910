"""Reading the CSV files."""
import csv
import math

import tensorflow as tf

LABEL_COLUMN = 'diagnosis'
LABELS = ['malignant', 'benign']
MEASUREMENTS = ['mean_radius', 'mean_texture', 'mean_smoothness',
                'mean_concavity', 'mean_symmetry']
CSV_COLUMNS = MEASUREMENTS + [LABEL_COLUMN]
CSV_DEFAULTS = [[0.0]] * len(MEASUREMENTS) + [['']]


def parse_csv(rows):
  """Makes a batch of lines a dict of features and the labels."""
  columns = tf.decode_csv(tf.expand_dims(rows, -1), record_defaults=CSV_DEFAULTS)
  features = dict(zip(CSV_COLUMNS, columns))
  return features, features.pop(LABEL_COLUMN)


def input_fn(filenames, num_epochs=None, shuffle=True, batch_size=200):
  """Batches of the files' lines, as tensors."""
  dataset = tf.data.Dataset.from_tensor_slices(list(filenames)).flat_map(
      lambda name: tf.data.TextLineDataset(name).skip(1))
  if shuffle:
    dataset = dataset.shuffle(buffer_size=batch_size * 10)
  dataset = dataset.repeat(num_epochs).batch(batch_size).map(parse_csv)
  return dataset.make_one_shot_iterator().get_next()


def statistics(filenames):
  """Mean and standard deviation of each measurement."""
  values = {name: [] for name in MEASUREMENTS}
  for filename in filenames:
    with tf.gfile.GFile(filename) as f:
      for row in csv.DictReader(f):
        for name in MEASUREMENTS:
          values[name].append(float(row[name]))
  result = {}
  for name, column in values.items():
    mean = sum(column) / len(column)
    variance = sum((x - mean) ** 2 for x in column) / len(column)
    result[name] = (mean, math.sqrt(variance))
  return result
