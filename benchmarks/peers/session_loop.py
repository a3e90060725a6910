"""The floor: a bare session trains each trial: python session_loop.py WORKLOAD FOLDER N_TRIALS

The graph is built and its steps are run in one process, without checkpoints, summaries or an
evaluation.
"""

from __future__ import annotations

import sys
from pathlib import Path

from workload import build, load

workload = load(Path(sys.argv[1]))

import tensorflow as tf  # noqa: E402

for _ in range(int(sys.argv[3])):
    estimator, train, _ = build(workload, {"learning_rate": 1e-3}, Path(sys.argv[2]))
    with tf.Graph().as_default():
        tf.compat.v1.train.create_global_step()
        batches = tf.compat.v1.data.make_initializable_iterator(train.input_fn())
        mode = tf.estimator.ModeKeys.TRAIN
        spec = estimator.model_fn(*batches.get_next(), mode, estimator.config)
        with tf.compat.v1.Session() as session:
            session.run([tf.compat.v1.global_variables_initializer(), batches.initializer])
            for _ in range(train.max_steps):
                session.run(spec.train_op)
