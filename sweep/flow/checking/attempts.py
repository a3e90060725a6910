"""Attempts that a check runs to observe them. Long attempts are cut short."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from sweep.engine.base import Engine
from sweep.trial.messages import (
    Answer,
    Ended,
    Evaluated,
    Examined,
    Order,
    Progressed,
    Remarked,
    Started,
    Stop,
    Upward,
)
from sweep.trial.outcome import AttemptState, Outcome

SECONDS_OF_STEPS = 3.0
"""A training is asked to stop after this time."""
MOST_SECONDS = 60.0
"""An attempt that has not ended after this time is killed."""
SECONDS_BETWEEN_LOOKS = 0.1

Progress = Callable[[str], None]
"""Gets a text that says what is being done."""
_Message = TypeVar("_Message", bound=Upward)


@dataclass
class Attempt:
    """The messages of an attempt, and when they came."""

    order: Order
    began: float = field(default_factory=time.monotonic)
    heard: list[tuple[float, Upward]] = field(default_factory=list)
    outcome: Outcome | None = None
    """None while it runs."""
    is_stopped: bool = False
    is_killed: bool = False

    def of_kind(self, kind: type[_Message]) -> Iterator[tuple[float, _Message]]:
        """The messages of one kind, each with the time when it came."""
        return ((when, message) for when, message in self.heard if isinstance(message, kind))

    def first(self, kind: type[_Message]) -> tuple[float, _Message] | None:
        """The first message of this kind, with the time when it came."""
        return next(self.of_kind(kind), None)

    @property
    def started(self) -> Started | None:
        """How the trial is trained, if it got that far."""
        found = self.first(Started)
        return None if found is None else found[1]

    @property
    def examined(self) -> Examined | None:
        """What was built for the trial, if that was asked for and found out."""
        found = self.first(Examined)
        return None if found is None else found[1]

    @property
    def remarks(self) -> dict[str, str]:
        """The remarks, by their topics."""
        return {message.topic: message.text for _, message in self.of_kind(Remarked)}

    @property
    def last_step(self) -> int:
        """How far it has trained."""
        steps = [message.step for _, message in self.of_kind(Progressed)]
        steps += [message.step for _, message in self.of_kind(Evaluated)]
        return max(steps, default=0)

    @property
    def loops(self) -> bool:
        """Whether a program trains in its own loop."""
        return self.started is not None and self.started.loops

    @property
    def is_whole(self) -> bool:
        """Whether it ended by itself, and complete."""
        return self.outcome is not None and self.outcome.state is AttemptState.COMPLETE

    @property
    def has_failed(self) -> bool:
        """Whether it failed by itself."""
        failed = self.outcome is not None and self.outcome.failure is not None
        return failed and not self.is_killed


class Attempts:
    """Runs attempts, as many at a time as the engine has slots.

    Args:
        engine: runs them.
        progress: gets their progress.
    """

    def __init__(self, engine: Engine, progress: Progress) -> None:
        self._engine = engine
        self._progress = progress
        self._running: dict[int, Attempt] = {}
        self._patient: Container[int] = ()

    def run(self, orders: Iterable[Order], patient: Container[int] = ()) -> list[Attempt]:
        """Runs these until they end, or until they have taken long enough.

        Args:
            orders: one for each trial.
            patient: the trials that are not asked to stop.
        """
        self._patient = patient
        waiting, started = deque(orders), list[Attempt]()
        while waiting or self._running:
            while waiting and self._engine.has_free_slot:
                started.append(Attempt(waiting.popleft()))
                self._running[started[-1].order.number] = started[-1]
                self._engine.start(started[-1].order)
            self._engine.listen(SECONDS_BETWEEN_LOOKS, self._take)
            for attempt in self._running.values():
                self._cut_short(attempt)
        return started

    def _take(self, number: int, message: Upward) -> None:
        attempt = self._running[number]
        attempt.heard.append((time.monotonic(), message))
        match message:
            case Evaluated(step):
                # A loop is stopped only here: after half a round it has nothing to show.
                if attempt.loops:
                    self._stop_if_long(attempt)
                self._engine.answer(number, Answer(prune=False))
                self._progress(_how_far(attempt, step))
            case Progressed(step):
                self._progress(_how_far(attempt, step))
            case Ended(outcome):
                attempt.outcome = outcome
                del self._running[number]

    def _cut_short(self, attempt: Attempt) -> None:
        if not attempt.loops:
            self._stop_if_long(attempt)
        if not attempt.is_killed and time.monotonic() - attempt.began > MOST_SECONDS:
            attempt.is_killed = True
            self._engine.kill(attempt.order.number)

    def _stop_if_long(self, attempt: Attempt) -> None:
        if attempt.is_stopped or attempt.order.number in self._patient:
            return
        times = [when for when, said in attempt.heard if isinstance(said, Progressed | Evaluated)]
        if times and time.monotonic() - times[0] > SECONDS_OF_STEPS:
            attempt.is_stopped = True
            self._engine.answer(attempt.order.number, Stop())


def _how_far(attempt: Attempt, step: int) -> str:
    end = None if attempt.started is None else attempt.started.max_steps
    return f"Training a trial: step {step}{'' if end is None else f' of {end}'}"
