"""Trains a small convolutional network on MNIST.

Runs on your own machine as well as on Cloud ML Engine, which gives --job-dir.
"""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import argparse
import sys

import numpy as np
import tensorflow as tf

NUM_CLASSES = 10


def load_data(path):
  """Returns (images, labels) for training and for testing."""
  with tf.gfile.Open(path, 'rb') as f:
    data = np.load(f)
    return ((data['x_train'], data['y_train'].astype(np.int32)),
            (data['x_test'], data['y_test'].astype(np.int32)))


def preprocess(image, label):
  """Pixels from 0 to 1, with a dimension for the channel."""
  image = tf.cast(image, tf.float32) / 255.0
  return {'image': tf.expand_dims(image, -1)}, label


def make_input_fn(images, labels, batch_size, training):
  def input_fn():
    dataset = tf.data.Dataset.from_tensor_slices((images, labels))
    if training:
      dataset = dataset.shuffle(buffer_size=10000).repeat()
    dataset = dataset.map(preprocess).batch(batch_size)
    return dataset.make_one_shot_iterator().get_next()

  return input_fn


def model_fn(features, labels, mode, params):
  """The network: convolution, pooling, one hidden layer with dropout."""
  training = mode == tf.estimator.ModeKeys.TRAIN

  net = tf.layers.conv2d(
      features['image'], filters=8, kernel_size=3, padding='same',
      activation=tf.nn.relu, name='conv')
  net = tf.layers.max_pooling2d(net, pool_size=2, strides=2, name='pool')
  net = tf.layers.flatten(net)
  net = tf.layers.dense(net, params.hidden_units, activation=tf.nn.relu,
                        name='hidden')
  net = tf.layers.dropout(net, rate=params.dropout, training=training)
  logits = tf.layers.dense(net, NUM_CLASSES, name='logits')

  predictions = {
      'class': tf.argmax(logits, axis=1),
      'probabilities': tf.nn.softmax(logits),
  }
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(
        mode,
        predictions=predictions,
        export_outputs={
            'classify': tf.estimator.export.PredictOutput(predictions)
        })

  loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
  accuracy = tf.metrics.accuracy(labels, predictions['class'])

  if mode == tf.estimator.ModeKeys.EVAL:
    return tf.estimator.EstimatorSpec(
        mode, loss=loss, eval_metric_ops={'accuracy': accuracy})

  tf.summary.scalar('train_accuracy', accuracy[1])
  optimizer = tf.train.AdamOptimizer(learning_rate=params.learning_rate)
  train_op = optimizer.minimize(loss, tf.train.get_or_create_global_step())
  return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def main(_):
  tf.logging.set_verbosity(tf.logging.INFO)

  (train_images, train_labels), (test_images, test_labels) = load_data(
      FLAGS.data_file)
  tf.logging.info('%d images to train on, %d to test with',
                  len(train_images), len(test_images))

  def serving_input_fn():
    image = tf.placeholder(tf.float32, (None,) + train_images.shape[1:] + (1,))
    return tf.estimator.export.ServingInputReceiver({'image': image},
                                                    {'image': image})

  run_config = tf.estimator.RunConfig(
      model_dir=FLAGS.job_dir,
      save_checkpoints_steps=FLAGS.save_checkpoints_steps)
  classifier = tf.estimator.Estimator(model_fn, config=run_config, params=FLAGS)

  train_spec = tf.estimator.TrainSpec(
      make_input_fn(train_images, train_labels, FLAGS.batch_size, True),
      max_steps=FLAGS.train_steps)
  eval_spec = tf.estimator.EvalSpec(
      make_input_fn(test_images, test_labels, 500, False),
      steps=None,
      exporters=[tf.estimator.FinalExporter('mnist', serving_input_fn)],
      start_delay_secs=0,
      throttle_secs=10)
  tf.estimator.train_and_evaluate(classifier, train_spec, eval_spec)


if __name__ == '__main__':
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('--job-dir', default='/tmp/mnist',
                      help='where checkpoints and summaries go')
  parser.add_argument('--data-file', default='mnist.npz',
                      help='MNIST as Keras has it, on disk or gs://')
  parser.add_argument('--learning-rate', type=float, default=1e-3)
  parser.add_argument('--batch-size', type=int, default=100)
  parser.add_argument('--hidden-units', type=int, default=128)
  parser.add_argument('--dropout', type=float, default=0.4,
                      help='share of the hidden units that is dropped')
  parser.add_argument('--train-steps', type=int, default=10000)
  parser.add_argument('--save-checkpoints-steps', type=int, default=1000)
  FLAGS, unparsed = parser.parse_known_args()
  tf.app.run(main=main, argv=[sys.argv[0]] + unparsed)
