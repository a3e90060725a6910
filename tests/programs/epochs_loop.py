"""Trains epoch by epoch, and looks at both the training and the validation data after each."""

import argparse

import numpy as np
from sklearn.datasets import load_digits
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
tf.logging.set_verbosity(tf.logging.WARN)


def model_fn(features, labels, mode, params):
    training = mode == tf.estimator.ModeKeys.TRAIN
    x = tf.reshape(features, [-1, 8, 8, 1])
    x = tf.layers.conv2d(x, params['filters'], 3, padding='same', use_bias=False)
    x = tf.layers.batch_normalization(x, momentum=0.9, training=training)
    x = tf.nn.relu(x)
    x = tf.layers.max_pooling2d(x, 2, 2)
    logits = tf.layers.dense(tf.layers.flatten(x), 10)
    prediction = tf.argmax(logits, axis=1, output_type=tf.int32)

    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions=prediction)

    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    loss += params['l2'] * tf.add_n([tf.nn.l2_loss(v) for v in tf.trainable_variables()])
    if mode == tf.estimator.ModeKeys.EVAL:
        return tf.estimator.EstimatorSpec(
            mode, loss=loss, eval_metric_ops={'acc': tf.metrics.accuracy(labels, prediction)})

    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        optimizer = tf.train.MomentumOptimizer(params['lr'], momentum=0.9)
        train_op = optimizer.minimize(loss, tf.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def make_dataset(images, labels, batch_size, shuffle=False):
    dataset = tf.data.Dataset.from_tensor_slices((images, labels))
    if shuffle:
        dataset = dataset.shuffle(len(labels))
    # The last batch of an epoch may be smaller.
    return dataset.batch(batch_size).prefetch(1)


def main(args):
    digits = load_digits()
    order = np.random.RandomState(0).permutation(len(digits.target))
    images = digits.data[order].astype(np.float32) / 16
    labels = digits.target[order].astype(np.int32)
    split = int(len(labels) * 0.8)
    train, val = (images[:split], labels[:split]), (images[split:], labels[split:])

    run_config = tf.estimator.RunConfig(
        model_dir=args.model_dir,
        tf_random_seed=args.seed,
        save_summary_steps=10,
        keep_checkpoint_max=2)
    estimator = tf.estimator.Estimator(
        model_fn,
        config=run_config,
        params={'lr': args.lr, 'l2': args.l2, 'filters': args.filters})

    steps_per_epoch = -(-split // args.batch_size)
    best = 0.0
    for epoch in range(args.epochs):
        estimator.train(lambda: make_dataset(*train, args.batch_size, shuffle=True),
                        steps=steps_per_epoch)
        on_train = estimator.evaluate(lambda: make_dataset(*train, 500), name='train')
        on_val = estimator.evaluate(lambda: make_dataset(*val, 500), name='val')
        best = max(best, on_val['acc'])
        print('epoch %2d  train: loss %.3f acc %.3f  val: loss %.3f acc %.3f' % (
            epoch + 1, on_train['loss'], on_train['acc'], on_val['loss'], on_val['acc']))
    print('best val acc %.4f' % best)


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--model_dir', type=str, default='./checkpoints')
    parser.add_argument('--lr', type=float, default=0.1)
    parser.add_argument('--l2', type=float, default=1e-4)
    parser.add_argument('--filters', type=int, default=8)
    parser.add_argument('--batch_size', type=int, default=64)
    parser.add_argument('--epochs', type=int, default=10)
    parser.add_argument('--seed', type=int, default=None)
    main(parser.parse_args())
