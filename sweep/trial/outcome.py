"""How an attempt ended: its state, and for a failure the cause and its detail.

result.json and the study hold it as text, `cause: detail`, readable by people and by other versions
of this code. The code itself never parses it: `Failure.from_text` is for text that was read.
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
"""In the failure of a first trial, as far as is known at that time."""
_CRASHES = ("SIGSEGV", "SIGABRT", "SIGBUS")
_MOST_CHARACTERS = 2000
_NUMBER = re.compile(r"\d+")


class AttemptState(StrEnum):
    """The state of an attempt that has ended."""

    COMPLETE = "COMPLETE"
    PRUNED = "PRUNED"
    FAIL = "FAIL"
    WAITING = "WAITING"
    """It was stopped, and can be continued later."""
    PAUSED = "PAUSED"
    """It finished its leg, and another trial can continue it."""


class Cause(StrEnum):
    """Why an attempt failed."""

    SIGNAL = "signal"
    """A signal ended its process; the detail is the signal's name."""
    EXIT = "exit"
    """Its process ended without an outcome."""
    OUT_OF_MEMORY = "out of memory"
    STALLED = "stalled"
    """global_step did not increase for too long."""
    NODE = "node"
    """Its machine, or the process that runs attempts there, was lost."""
    TIMEOUT = "timeout"
    """It ran for too long."""
    DISK_FULL = "disk full"
    UNWRITABLE = "unwritable"
    """Its folder is not writable, and neither are those of other trials."""
    MISMATCH = "mismatch"
    """Its folder belongs to another trial, or the checkpoint to continue to another model."""
    NO_CHECKPOINT = "no checkpoint"
    """The trial to continue has no checkpoint."""
    STUDY = "study"
    """What the study declares cannot be trained."""
    NAN_LOSS = "nan loss"
    NO_DATA = "no data"
    METRIC = "metric"
    """A metric is missing, or is not a finite number."""
    EXCEPTION = "exception"
    """The user's code raised an exception."""


LOST_PROCESS = frozenset({Cause.SIGNAL, Cause.EXIT, Cause.OUT_OF_MEMORY, Cause.STALLED, Cause.NODE})
"""Causes that lie in the process, not in the model."""


@dataclass(frozen=True)
class Failure:
    """Why an attempt failed."""

    cause: Cause
    detail: str
    """On one line, and without characters that cannot be stored."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", storable(self.detail, _MOST_CHARACTERS))

    def __str__(self) -> str:
        return f"{self.cause}: {self.detail}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The failure that was written as text; an unknown cause counts as an exception."""
        cause, colon, detail = text.partition(": ")
        known = {known.value: known for known in Cause}
        if colon and cause in known:
            return cls(known[cause], detail)
        return cls(Cause.EXCEPTION, text)

    @property
    def kind(self) -> tuple[Cause, str]:
        """What failures of one kind share: the cause, and the type of the exception.

        Numbers are ignored: the same failure comes at other steps, or at sizes that params set.
        """
        return self.cause, _NUMBER.sub("#", self.detail.partition(": ")[0])

    @property
    def most_retries(self) -> int:
        """A crash is likely to happen again, so it gets at most one more attempt."""
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
    """The reason if the state is FAIL; None otherwise."""
    evaluations: list[dict[str, Any]] = field(default_factory=list)
    """Every evaluation of this attempt: its step and its metrics."""
    seconds: dict[str, float] = field(default_factory=dict)
    """The time spent: build, train and evaluate."""
    host: str = field(default_factory=platform.node, compare=False)
    """The machine on which the attempt ran."""

    @classmethod
    def failed(cls, cause: Cause, detail: str) -> Self:
        """The outcome of an attempt about which nothing else is known."""
        return cls(AttemptState.FAIL, failure=Failure(cause, detail))

    @property
    def cause(self) -> Cause | None:
        """The cause of its failure, if it failed."""
        return None if self.failure is None else self.failure.cause

    def to_json(self) -> dict[str, Any]:
        """The content of result.json about it."""
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
            KeyError, ValueError: the content is not an outcome.
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
