"""What a sweep and an agent say to each other.

Down, once: Luggage (see `luggage`), a Brief (see `briefing`) and the resources of each slot.
Up: Ready or Refused. Then down: Begin, Tell, End, Beat and at last Leave.
Up: lists of Said and Noticed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from sweep.trial.messages import Downward, Order, Upward

SECONDS_BETWEEN_BEATS = 2.0
SECONDS_OF_SILENCE = 15.0
"""After which an agent that hears nothing of the sweep ends its trials."""
SECONDS_UNTIL_SURE = SECONDS_OF_SILENCE + 10.0
"""After which the trials of an agent that is out of reach have ended."""


def uptime() -> float:
    """Seconds that pass while the machine is suspended too, when its trials must not go on."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True)
class Begin:
    """Start an attempt."""

    order: Order


@dataclass(frozen=True)
class Tell:
    """Say something to the attempt at trial `number`."""

    number: int
    message: Downward


@dataclass(frozen=True)
class End:
    """Kill the attempt at trial `number`."""

    number: int


@dataclass(frozen=True)
class Beat:
    """The sweep lives."""


@dataclass(frozen=True)
class Leave:
    """End all that runs, and then yourself."""


@dataclass(frozen=True)
class Ready:
    """Attempts can start."""

    host: str


@dataclass(frozen=True)
class Refused:
    """No attempt can start here, or they would not be those that the sweep means."""

    why: str


@dataclass(frozen=True)
class Said:
    """What the attempt at trial `number` has said."""

    number: int
    message: Upward


@dataclass(frozen=True)
class Noticed:
    """Something that the person should know."""

    text: str


Down = Begin | Tell | End | Beat | Leave
Up = Ready | Refused | Said | Noticed
