"""Attempts in the sweep's own process, one at a time, to debug and profile them.

`breakpoint()` and a profiler work in a `model_fn` and an input_fn, and the output of a trial is on
the screen. There are no limits, nothing is isolated from the sweep or from the previous trial, and
a crash ends the sweep.
"""

from __future__ import annotations

import bdb
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from sweep.engine.base import Engine, Take
from sweep.study.spec import StudySpec
from sweep.trial.execution import Folders, Runner, claimed, execute, run_order_here
from sweep.trial.messages import Downward, Ended, Order, Upward
from sweep.trial.outcome import AttemptState, Cause, Outcome


class InlineEngine(Engine):
    """Runs one attempt at a time, within `listen`.

    Args:
        study: the study.
        folders: where the trials' folders are.
        runner: gets the order of each attempt.
    """

    n_slots = 1

    def __init__(self, study: StudySpec, folders: Folders, runner: Runner = run_order_here) -> None:
        self._study = study
        self._folders = folders
        self._runner = runner
        self._order: Order | None = None
        self._channel: _Channel | None = None
        self._n_interrupts = 0
        """How many interrupts came during the attempt."""
        self._noted: Any = signal.SIG_DFL
        """The previous handler, which gets them too."""

    @property
    def has_free_slot(self) -> bool:
        """Whether no attempt waits or runs."""
        return self._order is None

    def start(self, order: Order) -> None:
        """Lets the next `listen` run the order."""
        self._order = order

    def listen(self, timeout: float, take: Take) -> None:
        """Runs the waiting attempt to its end."""
        if (order := self._order) is None:
            return
        self._channel = _Channel(order.number, take)
        outcome = self._run(order, self._channel)
        self._order = self._channel = None
        take(order.number, Ended(outcome))

    def answer(self, number: int, message: Downward) -> None:
        """Keeps the message for the attempt, if it is the one that runs."""
        if self._channel is not None and self._channel.number == number:
            self._channel.inbox.append(message)

    def kill(self, number: int) -> None:
        """Ends the attempt when it next sends or receives a message."""
        if self._channel is not None and self._channel.number == number:
            self._channel.is_killed = True

    def _run(self, order: Order, channel: _Channel) -> Outcome:
        folder = self._folders.of(order)
        refusal = claimed(order, folder)
        if refusal is not None:
            return refusal
        killed = outcome = Outcome.failed(Cause.SIGNAL, signal.SIGKILL.name)
        with _as_a_trial(), self._hearing_interrupts(), suppress(_Killed):
            try:
                outcome = execute(lambda: self._study, order, folder, channel, self._runner)
            except bdb.BdbQuit:  # quitting a debugger means quitting the sweep
                outcome = Outcome(AttemptState.WAITING)
                signal.raise_signal(signal.SIGINT)
        if channel.error is not None:
            raise channel.error
        return killed if channel.is_killed else outcome

    @contextmanager
    def _hearing_interrupts(self) -> Iterator[None]:
        """Lets a second SIGINT end the attempt at once, even if it never sends a message again."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        current = signal.getsignal(signal.SIGINT)
        if current != self._hear:  # a debugger may have restored our handler
            self._noted = current
        self._n_interrupts = 0
        signal.signal(signal.SIGINT, self._hear)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, self._noted)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._n_interrupts += 1
        if callable(self._noted):
            self._noted(number, frame)
        if self._n_interrupts > 1 and self._channel is not None:
            self._channel.is_killed = True
            raise _Killed


class _Killed(KeyboardInterrupt):
    """The sweep has killed the attempt. A debugger that waits at its prompt ignores this."""


class _Channel:
    """Calls the sweep for every message of an attempt, and keeps the sweep's answers."""

    def __init__(self, number: int, take: Take) -> None:
        self.number = number
        self.inbox: deque[Downward] = deque()
        self.is_killed = False
        self.error: BaseException | None = None
        """An error that the sweep, not the attempt, raised while it handled a message."""
        self._take = take

    def send(self, message: Upward, /) -> None:
        try:
            self._take(self.number, message)
        except BaseException as error:
            self.error = error
            raise
        self._end_if_killed()

    def recv(self) -> Downward:
        self._end_if_killed()
        return self.inbox.popleft()

    def poll(self) -> bool:
        self._end_if_killed()
        return bool(self.inbox)

    def _end_if_killed(self) -> None:
        if self.is_killed:
            raise _Killed


@contextmanager
def _as_a_trial() -> Iterator[None]:
    """Gives the block the state of a trial's own process: no arguments, no cluster, no models."""
    arguments, cluster = sys.argv[1:], os.environ.pop("TF_CONFIG", None)
    del sys.argv[1:]
    _forget_models()
    try:
        yield
    finally:
        sys.argv[1:] = arguments
        if cluster is not None:
            os.environ["TF_CONFIG"] = cluster


def _forget_models() -> None:
    """Lets Keras and TensorFlow name layers as in a new process, so that checkpoints fit."""
    if "tensorflow" in sys.modules:
        import tensorflow as tf

        tf.keras.backend.clear_session()
        tf.compat.v1.reset_default_graph()
