"""A trial's side of what connects it with the sweep, whatever that is made of."""

from __future__ import annotations

import os
from typing import Protocol

from sweep.trial.messages import Downward, Upward


class Channel(Protocol):
    """Carries messages in their order. A pipe's end is one, and so is a call within a process."""

    def send(self, message: Upward, /) -> None:
        """Says something to the sweep."""

    def recv(self) -> Downward:
        """Waits for what the sweep says next; after an Evaluated that is an Answer, or a Stop."""

    def poll(self) -> bool:
        """Whether the sweep has said something that was not received yet."""


class OfOneProcess:
    """A channel that only the process that made this speaks on.

    What a trial's code forks, and lets return from where it was called, would go on with the
    training as a second trial of the same number: it ends where it would first say something.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._pid = os.getpid()

    def send(self, message: Upward, /) -> None:
        self.end_another()
        self._channel.send(message)

    def recv(self) -> Downward:
        self.end_another()
        return self._channel.recv()

    def poll(self) -> bool:
        self.end_another()
        return self._channel.poll()

    def end_another(self) -> None:
        """Ends this process if it is another."""
        if os.getpid() != self._pid:
            os._exit(1)
