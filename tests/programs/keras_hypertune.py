"""A Keras model as an Estimator; the tuning service is told its accuracy."""
import argparse

import hypertune
import numpy as np
import tensorflow as tf


def create_model(image_shape, hidden_units, dropout, learning_rate):
  model = tf.keras.Sequential([
      tf.keras.layers.Flatten(input_shape=image_shape, name='flatten'),
      tf.keras.layers.Dense(hidden_units, activation='relu'),
      tf.keras.layers.Dropout(dropout),
      tf.keras.layers.Dense(10, activation='softmax'),
  ])
  model.compile(
      optimizer=tf.keras.optimizers.Adam(learning_rate=learning_rate),
      loss='sparse_categorical_crossentropy',
      metrics=['accuracy'])
  return model


def load(path):
  with np.load(path) as f:
    x_train, y_train, x_test, y_test = (
        f[name] for name in ('x_train', 'y_train', 'x_test', 'y_test'))
  scale = np.float32(x_train.max())
  return (x_train / scale, y_train), (x_test / scale, y_test)


def as_dataset(images, labels, batch_size, shuffle):
  dataset = tf.data.Dataset.from_tensor_slices(
      (images.astype(np.float32), labels.astype(np.int64)))
  if shuffle:
    dataset = dataset.shuffle(10000).repeat()
  return dataset.batch(batch_size)


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--job-dir', type=str, default='keras_job')
  parser.add_argument('--data-file', type=str, default='mnist.npz')
  parser.add_argument('--hidden-units', type=int, default=64)
  parser.add_argument('--dropout', type=float, default=0.2)
  parser.add_argument('--learning-rate', type=float, default=0.001)
  parser.add_argument('--batch-size', type=int, default=64)
  parser.add_argument('--train-steps', type=int, default=1500)
  args, _ = parser.parse_known_args()

  train, test = load(args.data_file)
  model = create_model(train[0].shape[1:], args.hidden_units, args.dropout,
                       args.learning_rate)
  estimator = tf.keras.estimator.model_to_estimator(
      model, model_dir=args.job_dir,
      config=tf.estimator.RunConfig(save_checkpoints_steps=500))

  metrics, _ = tf.estimator.train_and_evaluate(
      estimator,
      tf.estimator.TrainSpec(
          lambda: as_dataset(*train, batch_size=args.batch_size, shuffle=True),
          max_steps=args.train_steps),
      tf.estimator.EvalSpec(
          lambda: as_dataset(*test, batch_size=500, shuffle=False),
          steps=None, start_delay_secs=10, throttle_secs=10))

  hpt = hypertune.HyperTune()
  hpt.report_hyperparameter_tuning_metric(
      hyperparameter_metric_tag='val_accuracy',
      metric_value=metrics['accuracy'],
      global_step=metrics['global_step'])


if __name__ == '__main__':
  main()
