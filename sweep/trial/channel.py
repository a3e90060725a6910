"""A trial's end of its connection with the sweep, whatever the connection is."""

from __future__ import annotations

import os
from typing import Protocol

from sweep.trial.messages import Downward, Upward


class Channel(Protocol):
    """Delivers messages in order. The end of a pipe is one, and so are calls within a process."""

    def send(self, message: Upward, /) -> None:
        """Sends a message to the sweep."""

    def recv(self) -> Downward:
        """Waits for the sweep's next message; after an Evaluated it is an Answer or a Stop."""

    def poll(self) -> bool:
        """Whether the sweep has sent a message that was not received yet."""


class OfOneProcess:
    """A channel that only the process that made it can use.

    If a trial's code forks and the child returns from the call, the child would continue the
    training as a second trial of the same number. It ends when it first uses the channel.
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
        """Ends this process if it is a fork of the one that made the channel."""
        if os.getpid() != self._pid:
            os._exit(1)
