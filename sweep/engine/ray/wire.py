"""The messages between a sweep and an agent.

Down, once: Luggage (see `luggage`), a Brief (see `briefing`) and the resources of each slot.
Up: Ready or Refused. Then down: Begin, Tell, End, Beat, and finally Leave.
Up: lists of Said and Noticed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from sweep.trial.messages import Downward, Order, Upward

SECONDS_BETWEEN_BEATS = 2.0
SECONDS_OF_SILENCE = 15.0
"""An agent that hears nothing from the sweep for this long ends its trials."""
SECONDS_UNTIL_SURE = SECONDS_OF_SILENCE + 10.0
"""After this long, the trials of an unreachable agent have certainly ended."""


def uptime() -> float:
    """Seconds that also count while the machine is suspended, because trials must end then too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True)
class Begin:
    """Start an attempt."""

    order: Order


@dataclass(frozen=True)
class Tell:
    """Send a message to the attempt at trial `number`."""

    number: int
    message: Downward


@dataclass(frozen=True)
class End:
    """Kill the attempt at trial `number`."""

    number: int


@dataclass(frozen=True)
class Beat:
    """The sweep is alive."""


@dataclass(frozen=True)
class Leave:
    """End all attempts, then end yourself."""


@dataclass(frozen=True)
class Ready:
    """Attempts can start."""

    host: str


@dataclass(frozen=True)
class Refused:
    """No attempt can start here, or attempts would not be the same as the sweep's."""

    why: str


@dataclass(frozen=True)
class Said:
    """A message of the attempt at trial `number`."""

    number: int
    message: Upward


@dataclass(frozen=True)
class Noticed:
    """Something that the person should know."""

    text: str


Down = Begin | Tell | End | Beat | Leave
Up = Ready | Refused | Said | Noticed
