"""A trial's side of what connects it with the sweep, whatever that is made of."""

from __future__ import annotations

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
