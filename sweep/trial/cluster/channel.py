"""A task's end of the pipe to its leader."""

from __future__ import annotations

import time

from sweep.trial.channel import Channel
from sweep.trial.messages import Downward, TrainingOver, Upward

SECONDS_BETWEEN_LOOKS = 0.05


class TaskChannel:
    """A channel that also tells a task when the cluster's training is over.

    Args:
        channel: the connection with the leader.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._over: TrainingOver | None = None
        self._words: list[Downward] = []
        """What was received and not asked for yet."""

    def send(self, message: Upward, /) -> None:
        self._channel.send(message)

    def recv(self) -> Downward:
        while not self._words:
            self._take()
        return self._words.pop(0)

    def poll(self) -> bool:
        while not self._words and self._channel.poll():
            self._take()
        return bool(self._words)

    def training_over(self, seconds: float) -> TrainingOver | None:
        """How the training ended; waits for its end for at most this many seconds."""
        deadline = time.monotonic() + seconds
        while self._over is None:
            if self._channel.poll():
                self._take()
            elif time.monotonic() >= deadline:
                break
            else:
                time.sleep(min(SECONDS_BETWEEN_LOOKS, seconds))
        return self._over

    def _take(self) -> None:
        message = self._channel.recv()
        if isinstance(message, TrainingOver):
            self._over = message
        else:
            self._words.append(message)
