"""A training that is over does not wait for its session to close."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from sweep import TrialSpec
from sweep.training.session_close import closing_aside

pytestmark = pytest.mark.tensorflow
SECONDS_TO_WAIT = 60


def input_fn() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensors(({"x": [[1.0]]}, [[1.0]])).repeat()


class HeldSession(tf.compat.v1.train.SessionRunHook):  # type: ignore[misc]
    """Holds up the session that closes until it is let go."""

    def __init__(self) -> None:
        self.let_go, self.closed = threading.Event(), threading.Event()

    def end(self, session: Any) -> None:
        close = session.close

        def close_late() -> None:
            if self.let_go.wait(SECONDS_TO_WAIT):
                close()
                self.closed.set()

        session.close = close_late


def test_training_ends_before_its_session_has_closed(tmp_path: Path) -> None:
    held = HeldSession()
    estimator = tf.estimator.LinearRegressor([tf.feature_column.numeric_column("x")], str(tmp_path))
    trial_spec = TrialSpec(
        estimator,
        tf.estimator.TrainSpec(input_fn, max_steps=2, hooks=[held]),
        tf.estimator.EvalSpec(input_fn, steps=1),
    )
    metrics, _ = tf.estimator.train_and_evaluate(*closing_aside(trial_spec))
    assert metrics["global_step"] == 2
    held.let_go.set()
    assert held.closed.wait(SECONDS_TO_WAIT)
