"""The slots that a sweep has on one node, and the sweep's side of messages with the agent there."""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from typing import Any, Self

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import (
    NodeAffinitySchedulingStrategy,
    PlacementGroupSchedulingStrategy,
)

from sweep.engine.ray.keeper import N_THREADS, Keeper
from sweep.engine.ray.sizes import Node, gpus_for
from sweep.engine.ray.wire import SECONDS_UNTIL_SURE, Beat, Down, Noticed, Ready, Refused, Said, Up
from sweep.trial.messages import Ended
from sweep.trial.outcome import Cause, Outcome

SECONDS_TO_PLACE = 10.0


class Share:
    """The sweep's share of one node.

    Args:
        node: the node.
        n_slots: how many attempts run there at a time.
        cpus: how many CPUs each of them takes.
        gpus: how many GPUs each of them takes.
        words: what the agent must know, pickled.
        place: where Ray starts the actor; None is wherever the node has room.
    """

    def __init__(
        self,
        node: Node,
        n_slots: int,
        cpus: float,
        gpus: float,
        words: Sequence[bytes],
        place: PlacementGroupSchedulingStrategy | None = None,
    ) -> None:
        self.node = node
        self.n_slots = n_slots
        self._began = time.monotonic()
        self.running: set[int] = set()
        """The trials whose attempts run there."""
        self.is_placed = False
        """Whether Ray has found room for it."""
        self.is_ready = False
        """Whether attempts can start."""
        self.refusal: str | None = None
        """Why no attempt can start, if so."""
        self.has_served = False
        """Whether an attempt has ended there by itself."""
        self.why_lost: str | None = None
        """What the sweep knows about the loss of the agent, if it is lost."""
        self._over_at = 0.0
        self._outbox: deque[Down] = deque()
        actor: Any = ray.remote(Keeper).options(
            num_cpus=n_slots * cpus,
            num_gpus=gpus_for(n_slots, gpus),
            max_concurrency=N_THREADS,
            max_restarts=0,
            scheduling_strategy=place or NodeAffinitySchedulingStrategy(node.id, soft=False),
        )
        self._keeper = actor.remote(node.id, words, n_slots, max(1, int(cpus)), gpus)
        self._events = self._keeper.events.remote()
        self._telling: Any = None
        """The last call that the actor has not completed; keeps messages in order."""

    @property
    def is_there(self) -> bool:
        """Whether its agent can be talked to."""
        return self.is_ready and self.why_lost is None

    @property
    def n_free(self) -> int:
        """How many attempts can start now."""
        return self.n_slots - len(self.running) if self.is_there else 0

    @property
    def slots(self) -> dict[str, int]:
        """How many attempts can run at a time, by machine."""
        is_open = self.why_lost is None and not self.waits
        return {self.node.host: self.n_slots} if is_open else {}

    @property
    def failed(self) -> Self:
        """The share that was lost or refused."""
        return self

    def lost_outcome(self) -> Outcome:
        """How the attempts ended that were lost."""
        return Outcome.failed(Cause.NODE, f"{self.node.host} was lost: {self.why_lost}")

    @property
    def is_over(self) -> bool:
        """Whether nothing of it can still be running."""
        return self.why_lost is not None and time.monotonic() >= self._over_at

    @property
    def waits(self) -> bool:
        """Whether Ray has found no room for it for a while."""
        is_late = time.monotonic() - self._began > SECONDS_TO_PLACE
        return is_late and not self.is_placed and self.why_lost is None

    def awaited(self) -> list[Any]:
        """What to wait for next, for `ray.wait`."""
        if self.why_lost is not None:
            return []
        return [self._events] if self._telling is None else [self._events, self._telling]

    def say(self, word: Down) -> None:
        """Sends a message to the agent, after all earlier messages."""
        self._outbox.append(word)
        self._send()

    def beat(self) -> None:
        """Tells the agent that the sweep is alive. Any thread can call this."""
        if self.is_there:
            self._keeper.tell.remote([pickle.dumps(Beat())])

    def hear(self, ready: Container[Any]) -> Iterator[Said | Noticed]:
        """The messages of the agent, if they are among the ready ones."""
        try:
            if self._telling is not None and self._telling in ready:
                telling, self._telling = self._telling, None
                ray.get(telling)
                self._send()
            if self._events in ready:
                heard, code = ray.get(self._events)
                self._events = self._keeper.events.remote()
                self.is_placed = True
                for words in heard:
                    yield from self._unpacked(words)
                if code is not None:
                    self._lose(f"its agent ended with code {code}", is_sure=True)
        except RayError as error:
            self._lose(_in_a_line(error), is_sure=False)

    def _unpacked(self, words: bytes) -> Iterator[Said | Noticed]:
        said: list[Up] = pickle.loads(words)
        for word in said:
            match word:
                case Ready():
                    self.is_ready = True
                case Refused(why):
                    self.refusal = why
                case Noticed(text):
                    yield Noticed(f"{self.node.host}: {text}")
                case _:
                    if isinstance(word.message, Ended):
                        self.has_served = True
                    yield word

    def _send(self) -> None:
        if self._telling is None and self._outbox and self.why_lost is None:
            words = [pickle.dumps(word) for word in self._outbox]
            self._outbox.clear()
            self._telling = self._keeper.tell.remote(words)

    def _lose(self, why: str, *, is_sure: bool) -> None:
        self.why_lost = why
        self._over_at = time.monotonic()
        if self.running and not is_sure:
            self._over_at += SECONDS_UNTIL_SURE

    def close(self) -> None:
        """Kills the actor, and with it everything that is left of the agent."""
        with suppress(RayError):
            ray.kill(self._keeper)


def _in_a_line(error: RayError) -> str:
    return str(error).strip().splitlines()[0].rstrip(".:")
