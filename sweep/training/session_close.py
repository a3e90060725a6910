"""Closes a training's session without waiting for it.

A session that closes waits for the thread in which tf.data tunes the input pipeline, and this
thread may have gone to sleep for as long as the training has taken so far (up to a minute).
Everything that a training writes is written before its session closes. Only a process that ends by
`os._exit` may skip the wait: Python would stop the thread in the middle of TensorFlow's code when
it exits.
"""

from __future__ import annotations

import threading
from typing import Any

import tensorflow as tf

from sweep.estimator.trial_spec import TrialSpec


def closing_aside(trial_spec: TrialSpec) -> TrialSpec:
    """The same TrialSpec, whose training does not wait for its session to close."""
    train = trial_spec.train_spec
    return trial_spec._replace(train_spec=train._replace(hooks=(*train.hooks, _CloseHook())))


class _CloseHook(tf.compat.v1.train.SessionRunHook):
    """Closes the session in a thread that the process does not wait for either."""

    def end(self, session: Any) -> None:
        close = session.close
        session.close = lambda: threading.Thread(target=close, daemon=True).start()
