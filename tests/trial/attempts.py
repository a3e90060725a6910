"""Attempts at trials of a small linear model, made in the test's own process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from sweep import StudySpec, TrialSpec
from sweep.folder.layout import TrialFolder
from sweep.trial.attempt import run_here
from sweep.trial.messages import Answer, Downward, Evaluated, Order, Upward
from sweep.trial.outcome import Outcome

MAX_STEPS = 20
X = np.linspace(0, 1, 32, dtype="float32")[:, None]


class Listening:
    """The sweep's end of an attempt's channel: it hears all, and answers every evaluation."""

    def __init__(self, prune: Callable[[int], bool] = lambda step: False) -> None:
        self.heard: list[Upward] = []
        self._prune = prune
        self._answers: list[Downward] = []

    def send(self, message: Upward, /) -> None:
        self.heard.append(message)
        if isinstance(message, Evaluated):
            self._answers.append(Answer(self._prune(message.step)))

    def recv(self) -> Downward:
        return self._answers.pop(0)

    def poll(self) -> bool:
        return bool(self._answers)


def input_fn(epochs: int | None = None) -> tf.data.Dataset:
    """Four batches an epoch."""
    return tf.data.Dataset.from_tensor_slices((X, 2 * X)).repeat(epochs).batch(8)


def model_fn(features: tf.Tensor, labels: tf.Tensor, mode: str) -> tf.estimator.EstimatorSpec:
    loss = tf.reduce_mean((tf.compat.v1.layers.dense(features, 1) - labels) ** 2)
    step = tf.compat.v1.train.get_global_step()
    train_op = tf.compat.v1.train.GradientDescentOptimizer(0.1).minimize(loss, step)
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def study(build: Callable[[dict[str, Any], Any], TrialSpec], **fields: Any) -> StudySpec:
    declared = {"metric": "loss", "direction": "minimize", "save_checkpoints_steps": 5, **fields}
    return StudySpec(search_space=lambda trial: {}, build=build, **declared)


def trained_on(
    train_input_fn: Callable[..., Any],
    model: Callable[..., Any] = model_fn,
    own_config: Callable[[Any], Any] = lambda config: config,
    **eval_spec: Any,
) -> Callable[[dict[str, Any], Any], TrialSpec]:
    """The `build` of a study that trains a model on this input."""

    def build(params: dict[str, Any], config: Any) -> TrialSpec:
        return TrialSpec(
            tf.estimator.Estimator(model, config=own_config(config)),
            tf.estimator.TrainSpec(train_input_fn, max_steps=MAX_STEPS),
            tf.estimator.EvalSpec(
                lambda: input_fn(1),
                **{"steps": None, "start_delay_secs": 0, "throttle_secs": 0, **eval_spec},
            ),
        )

    return build


def attempt(
    spec: StudySpec, folder: Path, channel: Listening | None = None, **order: Any
) -> Outcome:
    """Makes an attempt; the folder is the trial's."""
    folder.mkdir(exist_ok=True)
    told = {"study": "study", "number": 0, "attempt": 1, "params": {}, "suggested": {}, "seed": 7}
    channel = Listening() if channel is None else channel
    return run_here(spec, Order(**{**told, **order}), TrialFolder(folder), channel)
