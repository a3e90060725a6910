"""Entry point: python -m trainer.task, or gcloud ml-engine jobs submit training."""
import argparse
import json
import os

import tensorflow as tf

from trainer import model
from trainer import util


def get_args():
  parser = argparse.ArgumentParser()
  parser.add_argument('--job-dir', required=True,
                      help='GCS or local path for checkpoints and exports')
  parser.add_argument('--train-files', nargs='+', required=True,
                      help='CSV files to train on')
  parser.add_argument('--eval-files', nargs='+', required=True,
                      help='CSV files to evaluate on')
  parser.add_argument('--num-epochs', type=int,
                      help='Epochs to train for, unless --train-steps is less')
  parser.add_argument('--train-batch-size', type=int, default=40)
  parser.add_argument('--eval-batch-size', type=int, default=40)
  parser.add_argument('--train-steps', type=int, default=1000)
  parser.add_argument('--eval-steps', type=int, default=None)
  parser.add_argument('--learning-rate', type=float, default=0.05)
  parser.add_argument('--optimizer', default='adagrad',
                      choices=['adagrad', 'adam', 'rmsprop'])
  parser.add_argument('--first-layer-size', type=int, default=64,
                      help='Units in the first hidden layer')
  parser.add_argument('--num-layers', type=int, default=2)
  parser.add_argument('--scale-factor', type=float, default=0.5,
                      help='By how much each layer is smaller than the last')
  parser.add_argument('--dropout', type=float, default=None)
  parser.add_argument('--export-format', choices=['JSON', 'CSV'],
                      default='JSON')
  parser.add_argument('--verbosity', default='INFO',
                      choices=['DEBUG', 'ERROR', 'FATAL', 'INFO', 'WARN'])
  args, _ = parser.parse_known_args()
  return args


def train_and_evaluate(args):
  """Trains, evaluates now and then, and exports at the end."""
  train_spec = tf.estimator.TrainSpec(
      lambda: util.input_fn(args.train_files, args.num_epochs, shuffle=True,
                            batch_size=args.train_batch_size),
      max_steps=args.train_steps)
  exporter = tf.estimator.FinalExporter(
      'tumours', model.SERVING_FUNCTIONS[args.export_format])
  eval_spec = tf.estimator.EvalSpec(
      lambda: util.input_fn(args.eval_files, num_epochs=1, shuffle=False,
                            batch_size=args.eval_batch_size),
      steps=args.eval_steps,
      exporters=[exporter],
      name='tumours-eval')

  run_config = tf.estimator.RunConfig(
      session_config=session_config_from_env())
  run_config = run_config.replace(model_dir=args.job_dir)
  tf.logging.info('Model dir: %s', run_config.model_dir)

  hidden_units = [
      max(2, int(args.first_layer_size * args.scale_factor ** i))
      for i in range(args.num_layers)
  ]
  estimator = model.build_estimator(
      run_config, util.statistics(args.train_files), hidden_units,
      args.learning_rate, args.optimizer, args.dropout)
  tf.estimator.train_and_evaluate(estimator, train_spec, eval_spec)


def session_config_from_env():
  """In a cluster, each worker talks to the parameter servers alone."""
  tf_config = json.loads(os.environ.get('TF_CONFIG', '{}'))
  task = tf_config.get('task', {})
  if task.get('type') == 'master':
    return tf.ConfigProto(device_filters=['/job:ps', '/job:master'])
  if task.get('type') == 'worker':
    return tf.ConfigProto(
        device_filters=['/job:ps', '/job:worker/task:%d' % task['index']])
  return None


if __name__ == '__main__':
  args = get_args()
  tf.logging.set_verbosity(args.verbosity)
  os.environ['TF_CPP_MIN_LOG_LEVEL'] = str(
      tf.logging.__dict__[args.verbosity] / 10)
  train_and_evaluate(args)
