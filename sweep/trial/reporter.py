"""Reports an attempt's training to the sweep, and follows the answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sweep.trial.channel import Channel
from sweep.trial.cluster.task import Task
from sweep.trial.messages import (
    Answer,
    Evaluated,
    Evaluating,
    InputEnded,
    Prepared,
    Progressed,
    Remarked,
    Started,
)
from sweep.trial.text import storable

MOST_CHARACTERS = 200
"""The length limit of a metric's name, and of a value that is not a number."""
MANY_BATCHES, MANY_SECONDS = 2000, 60.0
"""An evaluation without a known end that exceeds both is reported to the person."""


class Pruned(BaseException):
    """The sweep answered an evaluation with: prune. `except Exception` does not catch it."""


class Stopped(BaseException):
    """The sweep asked for a stop; a checkpoint is saved. `except Exception` does not catch it."""


class Reporter:
    """Reports steps and evaluations to the sweep, and follows its answers.

    Args:
        channel: the connection with the sweep.
        task: the reporting task of a cluster.
    """

    def __init__(self, channel: Channel, task: Task | None = None) -> None:
        self._channel = channel
        self._task = task
        self.broken: tuple[str, ...] = ()
        """Checkpoints that could not be read and were set aside."""
        self._stopping = False
        self._max_steps: int | None = None
        self._step = 0
        self._input_ended = self._has_trained = False
        self._n_batches = 0
        self._is_told_long = False
        self.evaluations: list[dict[str, Any]] = []
        self.last_metrics: dict[str, Any] = {}

    def on_start(self, max_steps: int | None, config: Any, *, loops: bool = False) -> None:
        """The model is built, and trains to `max_steps` with this RunConfig."""
        self._max_steps = max_steps
        every = config.save_checkpoints_steps, config.save_checkpoints_secs
        self._channel.send(Started(max_steps, self.broken, *every, loops))

    def on_prepared(self) -> None:
        """The trial's folder is ready for the attempt."""
        if self._task is not None and self._task.is_chief:
            self._channel.send(Prepared())

    def on_step(self, step: int) -> None:
        self._step = max(self._step, step)  # an evaluation may have reported a later one
        self._channel.send(Progressed(self._step))

    def on_input_end(self, has_trained: bool) -> None:
        self._input_ended, self._has_trained = True, has_trained
        if self._task is not None:
            self._channel.send(InputEnded(has_trained))

    def on_batches(self, n_batches: int, seconds: float, steps: int | None) -> None:
        self._channel.send(Evaluating(n_batches, steps))
        is_long = n_batches > MANY_BATCHES and seconds > MANY_SECONDS
        if is_long and steps is None and not self.evaluations and not self._is_told_long:
            self._is_told_long = True
            self.remark(
                "long evaluation",
                f"'s evaluation has taken {n_batches} batches in {seconds:.0f} s and is still "
                "running. EvalSpec(steps=None) takes all batches of its input_fn: if the input_fn "
                "never ends, give EvalSpec(steps=…).",
            )

    def on_evaluation(self, step: int, metrics: Mapping[str, Any], n_batches: int) -> None:
        """Raises Pruned or Stopped if the sweep wants the training to end here."""
        self._step = step
        self.note(metrics, n_batches)
        self.evaluations.append({"step": step, **self.last_metrics})
        self._channel.send(Evaluated(step, self.last_metrics))
        while not isinstance(message := self._channel.recv(), Answer):
            self._stopping = True
        if message.prune and not self._input_ended:
            raise Pruned
        self.stop_if_asked(step)

    def note(self, metrics: Mapping[str, Any], n_batches: int) -> None:
        """Keeps an evaluation's metrics as the last ones, without reporting them."""
        self._n_batches = n_batches
        self.last_metrics = {
            storable(name, MOST_CHARACTERS): as_json(value) for name, value in metrics.items()
        }

    def stop_if_asked(self, step: int) -> None:
        """Raises Stopped if the training is at `step` because the sweep ended it early."""
        is_early = self._max_steps is None or step < self._max_steps
        if self._stopping and is_early and not self._input_ended:
            raise Stopped

    def should_stop(self) -> bool:
        if self._channel.poll():
            self._channel.recv()
            self._stopping = True
        return self._stopping

    @property
    def is_at_end(self) -> bool:
        """Whether the training has reached its max_steps."""
        return self._max_steps is not None and self._step >= self._max_steps

    def missing_data(self) -> str | None:
        """Which data was missing, if any."""
        if self._n_batches == 0:
            return "the evaluation's input_fn yielded nothing"
        if self._input_ended and not self._has_trained:
            return "the training's input_fn yielded nothing"
        return None

    @property
    def early_end(self) -> str | None:
        """Where the training data ended before max_steps, in words; None if it did not."""
        if self._input_ended and self._max_steps is not None and self._step < self._max_steps:
            return f"ended at step {self._step}, before max_steps={self._max_steps}"
        return None

    def remark(self, topic: str, text: str) -> None:
        """Sends the person a remark on this trial, once per sweep; the log always gets it."""
        print(f"This trial{text}")
        self._channel.send(Remarked(topic, text))


def as_json(value: Any) -> Any:
    """A metric as JSON can hold it: NumPy scalars become numbers, all else one line of text."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes):  # for example a summary of megabytes
        value = value[: 4 * MOST_CHARACTERS]
    return storable(value if isinstance(value, str) else repr(value), MOST_CHARACTERS)
