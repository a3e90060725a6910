"""Attempts on the nodes of a Ray cluster: an agent on each, with a share of the slots."""

from __future__ import annotations

import pickle
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import ray

from sweep.engine.base import Engine, Take
from sweep.engine.ray import connection
from sweep.engine.ray.briefing import Brief
from sweep.engine.ray.lookout import Lookout
from sweep.engine.ray.share import Share
from sweep.engine.ray.sizes import Node, spread
from sweep.engine.ray.wire import (
    SECONDS_BETWEEN_BEATS,
    Begin,
    End,
    Leave,
    Noticed,
    Refused,
    Said,
    Tell,
    Up,
)
from sweep.engine.ray_cluster import RayCluster
from sweep.errors import EngineError, UsageError
from sweep.trial.messages import Downward, Ended, Order, Stop, Upward
from sweep.trial.outcome import AttemptState, Cause, Outcome

SECONDS_TO_LEAVE = 15.0
MOST_LOSSES = 3
"""A node on which so many agents in a row were lost, without an attempt's end, gets no more."""


class RayEngine(Engine):
    """Runs attempts in the slots that a cluster has for them.

    An attempt that is to start while there is no slot for it waits for one: the slots of a lost
    node are gone, and what has run there is tried again.

    Args:
        brief: what agents have to know.
        cluster: the cluster, and what of it each attempt takes.
        n_jobs: how many attempts run at a time; None is as many as there is room for.
        say: is told of nodes that are lost, and of those that cannot be used.
    """

    def __init__(
        self, brief: Brief, cluster: RayCluster, n_jobs: int | None, say: Callable[[str], None]
    ) -> None:
        self._briefing = pickle.dumps(brief)
        self._place = (str(Path.cwd()), [str(Path(place).absolute()) for place in sys.path])
        self._cluster = cluster
        self._n_jobs = n_jobs
        self._say = say
        self._shares: list[Share] = []
        self._at: dict[int, Share] = {}
        """Where the attempt at a trial runs."""
        self._waiting: deque[Order] = deque()
        self._ended: deque[tuple[int, Outcome]] = deque()
        """Ends that were not handed on yet, of attempts that have no agent."""
        self._killed: set[int] = set()
        self._most: dict[str, int] = {}
        """For how many slots nodes have had room, where that was less than they have in all."""
        self._losses: Counter[str] = Counter()
        self._refusals: dict[str, str] = {}
        self._lookout: Lookout | None = None
        self._is_ours = False
        self._is_left = threading.Event()
        self._beats = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self._is_ours = connection.connect(self._cluster)
        try:
            self._lookout = Lookout()
            if not any(node.room(self._cluster) for node in self._lookout.nodes):
                raise UsageError(
                    f"No node of the cluster has {_amount(self._cluster)}, which a trial is to "
                    "have: give it less by --cpus-per-trial and --gpus-per-trial."
                )
            self._take_shares(self._lookout.nodes)
        except BaseException:
            self._disconnect()
            raise
        self._beats.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Has the agents end whatever still runs, and waits until they have."""
        try:
            for share in self._shares:
                share.say(Leave())
            deadline = time.monotonic() + SECONDS_TO_LEAVE
            while time.monotonic() < deadline and any(
                share.is_ready and share.why_lost is None for share in self._shares
            ):
                for _ in self._heard(0.2):
                    pass
        finally:
            self._is_left.set()
            self._beats.join()
            for share in self._shares:
                share.close()
            self._disconnect()

    def _disconnect(self) -> None:
        if self._lookout is not None:
            self._lookout.stop()
        if self._is_ours:
            ray.shutdown()

    def _beat(self) -> None:
        while not self._is_left.wait(SECONDS_BETWEEN_BEATS):
            for share in tuple(self._shares):
                share.beat()

    @property
    def n_slots(self) -> int:  # type: ignore[override]  # nodes come and go
        """How many attempts run at a time, when the agents are ready."""
        return sum(share.n_slots for share in self._shares if share.why_lost is None)

    @property
    def has_free_slot(self) -> bool:
        """Whether another attempt can start now."""
        return not self._waiting and any(share.n_free for share in self._shares)

    def start(self, order: Order) -> None:
        """Starts an attempt in a free slot, or as soon as there is one."""
        self._waiting.append(order)
        self._start_waiting()

    def _start_waiting(self) -> None:
        while self._waiting and (free := [share for share in self._shares if share.n_free]):
            order = self._waiting.popleft()
            share = max(free, key=lambda share: share.n_free)
            share.running.add(order.number)
            self._at[order.number] = share
            share.say(Begin(order))

    def listen(self, timeout: float, take: Take) -> None:
        """Hands on what attempts have said, waiting up to `timeout` seconds for something.

        Raises:
            EngineError: no node can run trials.
        """
        heard = list(self._heard(0 if self._ended else timeout))
        self._end_shares()
        self._look_for_nodes()
        self._start_waiting()
        for number, message in heard:
            take(number, message)
        while self._ended:
            number, outcome = self._ended.popleft()
            take(number, Ended(outcome))

    def answer(self, number: int, message: Downward) -> None:
        """Sends a message to the attempt at trial `number`; one that waits for a slot, stops."""
        if (share := self._at.get(number)) is not None:
            share.say(Tell(number, message))
        elif isinstance(message, Stop):
            self._call_off(number, Outcome(AttemptState.WAITING))

    def kill(self, number: int) -> None:
        """Kills the attempt at trial `number`, and all that it started."""
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
        awaited = [ref for share in self._shares for ref in share.awaited()]
        if not awaited:
            time.sleep(timeout)
            return
        if not ray.wait(awaited, num_returns=1, timeout=timeout)[0]:
            return
        ready = set(ray.wait(awaited, num_returns=len(awaited), timeout=0)[0])
        for share in self._shares:
            for word in share.hear(ready):
                yield from self._take_word(share, word)

    def _take_word(self, share: Share, word: Up) -> Iterator[tuple[int, Upward]]:
        match word:
            case Said(number, message):
                if isinstance(message, Ended):
                    self._forget(share, number)
                    share.has_served = True
                yield number, message
            case Noticed(text):
                self._say(f"{share.node.host}: {text}")
            case Refused(why):
                share.refusal = why

    def _forget(self, share: Share, number: int) -> None:
        share.running.discard(number)
        self._killed.discard(number)
        self._at.pop(number, None)

    def _end_shares(self) -> None:
        """Ends the attempts of agents that are lost, once it is sure that they have ended."""
        for share in [share for share in self._shares if share.is_over]:
            self._shares.remove(share)
            share.close()
            host = share.node.host
            if share.refusal is not None:
                self._refusals[share.node.id] = share.refusal
                self._say(f"{host} runs no trials: {share.refusal}")
                continue
            self._losses[share.node.id] = 1 + self._losses[share.node.id] * (not share.has_served)
            self._say(f"{host} was lost with {len(share.running)} trial(s): {share.why_lost}.")
            for number in sorted(share.running):
                lost = Outcome.failed(Cause.NODE, f"{host} was lost: {share.why_lost}")
                outcome = _KILLED if number in self._killed else lost
                self._forget(share, number)
                self._ended.append((number, replace(outcome, host=host)))

    def _look_for_nodes(self) -> None:
        """Takes shares of nodes that have come, or can be used again."""
        assert self._lookout is not None
        for share in [share for share in self._shares if share.waits_in_vain]:
            self._most[share.node.id] = share.n_slots // 2
            self._shares.remove(share)
            share.close()
        if not self._lookout.is_cut_off:
            self._take_shares(self._lookout.nodes)
        if self._shares:
            return
        if self._lookout.is_cut_off:
            raise EngineError(
                "The Ray cluster that the trials ran on is gone, or this machine is no longer one "
                "of its nodes; run the same command again to go on, when there is one."
            )
        there = [node for node in self._lookout.nodes if node.room(self._cluster)]
        if there and not any(map(self._is_usable, there)):
            reason = next(iter(self._refusals.values()), "each was lost again and again.")
            raise EngineError(f"No node can run the trials: {reason}")

    def _take_shares(self, there: list[Node]) -> None:
        used = {share.node.id: share.n_slots for share in self._shares}
        rooms = {
            node.id: min(node.room(self._cluster), self._most.get(node.id, sys.maxsize))
            for node in there
            if node.id not in used and self._is_usable(node)
        }
        known = {node.id: node for node in there}
        for node_id, n_slots in spread(rooms, self._n_jobs, used).items():
            self._shares.append(
                Share(known[node_id], n_slots, self._cluster, self._place, self._briefing)
            )

    def _is_usable(self, node: Node) -> bool:
        return node.id not in self._refusals and self._losses[node.id] < MOST_LOSSES


_KILLED = Outcome.failed(Cause.SIGNAL, "SIGKILL")


def _amount(cluster: RayCluster) -> str:
    gpus = f" and {cluster.gpus_per_trial:g} GPU(s)" if cluster.gpus_per_trial else ""
    return f"{cluster.cpus_per_trial:g} CPU(s){gpus}"
