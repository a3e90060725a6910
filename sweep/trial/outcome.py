"""How an attempt ended: a state, and if it failed a cause and its detail.

What stands in result.json and in the study is text, `cause: detail`, readable by hand and by other
versions of this code. Inside, it is never parsed: `Failure.from_text` is for what was read.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from sweep.trial.text import storable

WHATEVER_PARAMS = " whatever the params"
"""What a failure of a first trial says, as far as anybody knows then."""
_CRASHES = ("SIGSEGV", "SIGABRT", "SIGBUS")
_MOST_CHARACTERS = 2000
_NUMBER = re.compile(r"\d+")


class AttemptState(StrEnum):
    """The state of an attempt that has ended."""

    COMPLETE = "COMPLETE"
    PRUNED = "PRUNED"
    FAIL = "FAIL"
    WAITING = "WAITING"
    """It was stopped, and may be taken up again."""
    PAUSED = "PAUSED"
    """It has done its leg, and another trial may continue it."""


class Cause(StrEnum):
    """Why an attempt failed."""

    SIGNAL = "signal"
    """A signal ended its process; the detail is the signal's name."""
    EXIT = "exit"
    """Its process ended by itself without an outcome."""
    OUT_OF_MEMORY = "out of memory"
    STALLED = "stalled"
    """global_step stood still for too long."""
    NODE = "node"
    """The machine that it ran on was lost, or what runs attempts there."""
    TIMEOUT = "timeout"
    """It ran for too long."""
    DISK_FULL = "disk full"
    UNWRITABLE = "unwritable"
    """Its folder cannot be written to, and neither can another trial's."""
    MISMATCH = "mismatch"
    """Its folder is another trial's, or the checkpoint to continue is another model's."""
    NO_CHECKPOINT = "no checkpoint"
    """The trial to continue has none."""
    STUDY = "study"
    """What the study declares cannot be trained."""
    NAN_LOSS = "nan loss"
    NO_DATA = "no data"
    METRIC = "metric"
    """A metric is missing, or no finite number."""
    EXCEPTION = "exception"
    """The user's own code raised."""


LOST_PROCESS = frozenset({Cause.SIGNAL, Cause.EXIT, Cause.OUT_OF_MEMORY, Cause.STALLED, Cause.NODE})
"""Causes that are the process's fault, not the model's."""


@dataclass(frozen=True)
class Failure:
    """Why an attempt failed."""

    cause: Cause
    detail: str
    """On one line, and such that it can be stored."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", storable(self.detail, _MOST_CHARACTERS))

    def __str__(self) -> str:
        return f"{self.cause}: {self.detail}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The failure that was written as text; one of no known cause is an exception's."""
        cause, colon, detail = text.partition(": ")
        known = {known.value: known for known in Cause}
        if colon and cause in known:
            return cls(known[cause], detail)
        return cls(Cause.EXCEPTION, text)

    @property
    def kind(self) -> tuple[Cause, str]:
        """What failures that are alike share: the cause, and the type of the exception.

        Numbers do not count: the same happens at another step, or to another size, by the params.
        """
        return self.cause, _NUMBER.sub("#", self.detail.partition(": ")[0])

    @property
    def most_retries(self) -> int:
        """A crash is likely to come again, so it gets one more attempt at most."""
        crashed = self.cause in (Cause.EXIT, Cause.OUT_OF_MEMORY) or (
            self.cause is Cause.SIGNAL and self.detail.partition(" ")[0] in _CRASHES
        )
        return 1 if crashed else sys.maxsize


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended."""

    state: AttemptState
    metrics: dict[str, Any] = field(default_factory=dict)
    """The last evaluation."""
    failure: Failure | None = None
    """Why it is FAIL; None of every other state."""
    evaluations: list[dict[str, Any]] = field(default_factory=list)
    """Every evaluation of this attempt: its step and its metrics."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Where the time went: build, train and evaluate."""
    host: str = field(default_factory=platform.node, compare=False)
    """The machine on which the attempt ran, which is where its outcome is made."""

    @classmethod
    def failed(cls, cause: Cause, detail: str) -> Self:
        """The outcome of an attempt of which nothing else is known."""
        return cls(AttemptState.FAIL, failure=Failure(cause, detail))

    @property
    def cause(self) -> Cause | None:
        """The cause of its failure, if it failed."""
        return None if self.failure is None else self.failure.cause

    def to_json(self) -> dict[str, Any]:
        """What result.json holds of it."""
        return {
            "state": self.state.value,
            "metrics": self.metrics,
            "failure": None if self.failure is None else str(self.failure),
            "evaluations": self.evaluations,
            "seconds": self.seconds,
            "host": self.host,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The outcome that `to_json` wrote, in this version or another.

        Raises:
            KeyError, ValueError: it is none.
        """
        failure = content["failure"]
        return cls(
            AttemptState(content["state"]),
            content["metrics"],
            None if failure is None else Failure.from_text(failure),
            content["evaluations"],
            content["seconds"],
            content.get("host", platform.node()),
        )
