"""Attempts on the nodes of a Ray cluster: an agent on each, with a share of the slots."""

from __future__ import annotations

import pickle
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self

import ray

from sweep.engine.base import Engine, Take
from sweep.engine.ray import connection
from sweep.engine.ray.briefing import Brief
from sweep.engine.ray.fleet import Fleet, make_fleet
from sweep.engine.ray.luggage import Luggage
from sweep.engine.ray.share import Share
from sweep.engine.ray.span import Span
from sweep.engine.ray.wire import (
    SECONDS_BETWEEN_BEATS,
    Begin,
    End,
    Leave,
    Noticed,
    Said,
    Tell,
)
from sweep.engine.ray_cluster import RayCluster
from sweep.errors import UsageError
from sweep.folder.token import token_in
from sweep.study.cluster import Cluster
from sweep.trial.messages import Downward, Ended, Order, Stop, Upward
from sweep.trial.outcome import AttemptState, Cause, Outcome

SECONDS_TO_LEAVE = 15.0


class RayEngine(Engine):
    """Runs attempts in the slots that a cluster has for them.

    An attempt that starts while there is no slot for it waits for one. This can happen because the
    slots of a lost node are gone, and its attempts are retried.

    Args:
        luggage: what is sent to the nodes.
        brief: what agents must know.
        cluster: the cluster, and the resources that each attempt takes.
        tasks: the tasks of each attempt, if it is a cluster itself.
        n_jobs: how many attempts run at a time; None is as many as there is room for.
        say: gets notices about nodes that are lost or cannot be used.
    """

    def __init__(
        self,
        luggage: Luggage,
        brief: Brief,
        cluster: RayCluster,
        tasks: Cluster | None,
        n_jobs: int | None,
        say: Callable[[str], None],
    ) -> None:
        self._luggage = luggage
        self._brief = brief
        self._cluster = cluster
        self._tasks = tasks
        self._n_jobs = n_jobs
        self._say = say
        self._fleet: Fleet[Share] | Fleet[Span]
        self._at: dict[int, Share | Span] = {}
        """Where the attempt at a trial runs."""
        self._waiting: deque[Order] = deque()
        self._ended: deque[tuple[int, Outcome]] = deque()
        """Ends that were not passed on yet, of attempts that have no agent."""
        self._killed: set[int] = set()
        self._stack = ExitStack()
        self._is_left = threading.Event()
        self._beats = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            try:
                token = stack.enter_context(token_in(self._brief.results))
            except OSError as error:
                raise UsageError(
                    f"{self._brief.results} cannot be written to: {error.strerror}."
                ) from error
            stack.callback(connection.disconnect)
            connection.connect(self._cluster)
            words = [pickle.dumps(self._luggage), pickle.dumps(replace(self._brief, token=token))]
            self._fleet = make_fleet(self._cluster, self._tasks, self._n_jobs, words, self._say)
            self._stack = stack.pop_all()
        self._beats.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Makes the agents end everything that still runs, and waits for them."""
        with self._stack:
            try:
                for share in self._fleet.shares:
                    share.say(Leave())
                deadline = time.monotonic() + SECONDS_TO_LEAVE
                while time.monotonic() < deadline and any(
                    share.is_there for share in self._fleet.shares
                ):
                    for _ in self._heard(0.2):
                        pass
            finally:
                self._is_left.set()
                self._beats.join()
                self._fleet.stop()

    def _beat(self) -> None:
        while not self._is_left.wait(SECONDS_BETWEEN_BEATS):
            for share in [*self._fleet.shares]:
                share.beat()

    @property
    def n_slots(self) -> int:  # type: ignore[override]  # nodes come and go
        """How many attempts can run at a time on the agents that are ready."""
        return sum(self.nodes.values())

    @property
    def nodes(self) -> Mapping[str, int]:
        """How many attempts can run at a time on each machine that has an agent."""
        slots: Counter[str] = Counter()
        for share in self._fleet.shares:
            slots.update(share.slots)
        return slots

    def host(self, number: int) -> str | None:
        """The machine on which the attempt at trial `number` runs, unless it waits for a slot."""
        share = self._at.get(number)
        return None if share is None else share.node.host

    def has_slot(self, number: int) -> bool:
        """Whether the attempt at trial `number` has a slot already."""
        return number in self._at

    @property
    def has_free_slot(self) -> bool:
        """Whether another attempt can start now."""
        if self._waiting or (self._n_jobs is not None and len(self._at) >= self._n_jobs):
            return False
        return any(share.n_free for share in self._fleet.shares)

    def start(self, order: Order) -> None:
        """Starts an attempt in a free slot, or as soon as one is free."""
        self._waiting.append(order)
        self._start_waiting()

    def _start_waiting(self) -> None:
        while self._waiting and (free := [share for share in self._fleet.shares if share.n_free]):
            order = self._waiting.popleft()
            share = max(free, key=lambda share: share.n_free)
            share.running.add(order.number)
            self._at[order.number] = share
            share.say(Begin(order))

    def listen(self, timeout: float, take: Take) -> None:
        """Passes on messages of attempts, and waits up to `timeout` seconds for the first one.

        Raises:
            EngineError: no node can run trials.
        """
        heard = list(self._heard(0 if self._ended else timeout))
        for share in self._fleet.lost():
            self._end_all_on(share)
        self._fleet.look()
        self._start_waiting()
        for number, message in heard:
            take(number, message)
        while self._ended:
            number, outcome = self._ended.popleft()
            take(number, Ended(outcome))

    def answer(self, number: int, message: Downward) -> None:
        """Sends a message to the attempt at trial `number`; a Stop ends one that has no slot."""
        if (share := self._at.get(number)) is not None:
            share.say(Tell(number, message))
        elif isinstance(message, Stop):
            self._call_off(number, Outcome(AttemptState.WAITING))

    def kill(self, number: int) -> None:
        """Kills the attempt at trial `number`, with all processes that it started."""
        if (share := self._at.get(number)) is not None:
            self._killed.add(number)
            share.say(End(number))
        else:
            self._call_off(number, _KILLED)

    def _call_off(self, number: int, outcome: Outcome) -> None:
        for order in tuple(self._waiting):
            if order.number == number:
                self._waiting.remove(order)
                self._ended.append((number, outcome))

    def _heard(self, timeout: float) -> Iterator[tuple[int, Upward]]:
        awaited = [ref for share in self._fleet.shares for ref in share.awaited()]
        if not awaited:
            time.sleep(timeout)
            return
        if not ray.wait(awaited, num_returns=1, timeout=timeout)[0]:
            return
        ready = set(ray.wait(awaited, num_returns=len(awaited), timeout=0)[0])
        for share in self._fleet.shares:
            for word in share.hear(ready):
                yield from self._take_word(share, word)

    def _take_word(self, share: Share | Span, word: Said | Noticed) -> Iterator[tuple[int, Upward]]:
        match word:
            case Said(number, message):
                if isinstance(message, Ended):
                    self._forget(share, number)
                yield number, message
            case Noticed(text):
                self._say(text)

    def _forget(self, share: Share | Span, number: int) -> None:
        share.running.discard(number)
        self._killed.discard(number)
        self._at.pop(number, None)

    def _end_all_on(self, share: Share | Span) -> None:
        """Ends the attempts of a lost agent."""
        for number in sorted(share.running):
            outcome = _KILLED if number in self._killed else share.lost_outcome()
            self._forget(share, number)
            self._ended.append((number, replace(outcome, host=share.node.host)))


_KILLED = Outcome.failed(Cause.SIGNAL, "SIGKILL")
