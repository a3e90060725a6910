"""MNIST with two hidden layers and a decaying learning rate."""
from __future__ import print_function

import numpy as np
import tensorflow as tf

tf.app.flags.DEFINE_string('data_file', 'mnist.npz', 'Path of mnist.npz')
tf.app.flags.DEFINE_string('train_dir', '/tmp/mnist_train',
                           'Directory for checkpoints and event logs')
tf.app.flags.DEFINE_integer('batch_size', 128, 'Batch size')
tf.app.flags.DEFINE_integer('max_steps', 2000, 'Number of batches to run')
tf.app.flags.DEFINE_integer('hidden1', 128, 'Units in the first hidden layer')
tf.app.flags.DEFINE_integer('hidden2', 32, 'Units in the second hidden layer')
tf.app.flags.DEFINE_float('learning_rate', 0.1, 'Initial learning rate')
tf.app.flags.DEFINE_float('decay_rate', 0.96, 'Learning rate decay')
tf.app.flags.DEFINE_integer('decay_steps', 100,
                            'Steps after which the rate decays')
tf.app.flags.DEFINE_boolean('use_dropout', False, 'Drop half of hidden2')

FLAGS = tf.app.flags.FLAGS


def inference(images, is_training):
  net = images
  for i, units in enumerate([FLAGS.hidden1, FLAGS.hidden2]):
    with tf.variable_scope('hidden%d' % (i + 1)):
      fan_in = int(net.get_shape()[1])
      weights = tf.get_variable(
          'weights', [fan_in, units],
          initializer=tf.truncated_normal_initializer(
              stddev=1.0 / np.sqrt(float(fan_in))))
      biases = tf.get_variable('biases', [units],
                               initializer=tf.zeros_initializer())
      net = tf.nn.relu(tf.matmul(net, weights) + biases)
      tf.summary.histogram('activations', net)
  if FLAGS.use_dropout and is_training:
    net = tf.nn.dropout(net, keep_prob=0.5)
  with tf.variable_scope('softmax_linear'):
    return tf.layers.dense(net, 10)


def model_fn(features, labels, mode):
  logits = inference(features['x'], mode == tf.estimator.ModeKeys.TRAIN)
  classes = tf.argmax(logits, 1)
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(mode, predictions={'classes': classes})

  loss = tf.reduce_mean(
      tf.nn.sparse_softmax_cross_entropy_with_logits(
          labels=labels, logits=logits),
      name='xentropy_mean')

  if mode == tf.estimator.ModeKeys.TRAIN:
    global_step = tf.train.get_global_step()
    learning_rate = tf.train.exponential_decay(
        FLAGS.learning_rate, global_step, FLAGS.decay_steps, FLAGS.decay_rate,
        staircase=True)
    tf.summary.scalar('learning_rate', learning_rate)
    optimizer = tf.train.GradientDescentOptimizer(learning_rate)
    train_op = optimizer.minimize(loss, global_step=global_step)
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)

  precision = tf.metrics.accuracy(labels=labels, predictions=classes)
  return tf.estimator.EstimatorSpec(
      mode, loss=loss, eval_metric_ops={'precision @ 1': precision})


def read(kind):
  with np.load(FLAGS.data_file) as data:
    images, labels = data['x_' + kind], data['y_' + kind]
  images = images.reshape(len(images), -1) / float(images.max())
  return {'x': images.astype('float32')}, labels.astype('int32')


def main(argv=None):
  train_x, train_y = read('train')
  test_x, test_y = read('test')

  mnist_classifier = tf.estimator.Estimator(
      model_fn=model_fn, model_dir=FLAGS.train_dir,
      config=tf.estimator.RunConfig(save_checkpoints_steps=500))
  train_input_fn = tf.estimator.inputs.numpy_input_fn(
      train_x, train_y, batch_size=FLAGS.batch_size, num_epochs=None,
      shuffle=True)
  eval_input_fn = tf.estimator.inputs.numpy_input_fn(
      test_x, test_y, batch_size=500, num_epochs=1, shuffle=False)

  logging_hook = tf.train.LoggingTensorHook(['xentropy_mean'], every_n_iter=100)
  tf.estimator.train_and_evaluate(
      mnist_classifier,
      tf.estimator.TrainSpec(train_input_fn, max_steps=FLAGS.max_steps,
                             hooks=[logging_hook]),
      tf.estimator.EvalSpec(eval_input_fn, steps=None, throttle_secs=30))
  print('done: %s' % FLAGS.train_dir)


if __name__ == '__main__':
  tf.app.run()
