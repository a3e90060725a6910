"""The slot of a trial that is spread over several nodes: a placement group with agents on it."""

from __future__ import annotations

import time
from collections.abc import Collection, Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ray.exceptions import RayError
from ray.util.placement_group import (
    placement_group,
    placement_group_table,
    remove_placement_group,
)
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from sweep.engine.ray import connection
from sweep.engine.ray.share import SECONDS_TO_PLACE, Share
from sweep.engine.ray.sizes import Bundle, Node
from sweep.engine.ray.wire import Begin, Down, End, Leave, Noticed, Said, Tell
from sweep.study.cluster import TaskId
from sweep.trial.cluster.task import Place
from sweep.trial.messages import Ended, FromTask, Order, Summon, ToTask
from sweep.trial.outcome import AttemptState, Cause, Outcome

_ID_OF_NODE = "ray.io/node-id"


class Span:
    """A slot for one trial at a time, with an agent on each bundle.

    The first agent runs the trial's process, which leads its tasks, and each of the others runs a
    task. Messages between the leader and those tasks pass through here. If an agent is lost, the
    attempt is lost, and the span with it.

    Args:
        trial: what a trial takes.
        words: what agents must know, pickled.
        unusable: the ids of nodes that cannot run trials.
    """

    n_slots = 1

    def __init__(
        self, trial: Sequence[Bundle], words: Sequence[bytes], unusable: Collection[str]
    ) -> None:
        self._trial = trial
        self._words = words
        self._began = time.monotonic()
        others = {_ID_OF_NODE: f"!in({','.join(sorted(unusable))})"}
        self._group = placement_group(
            [bundle.resources for bundle in trial],
            strategy="PACK",
            bundle_label_selector=[others] * len(trial) if unusable else None,
        )
        self._placing: Any = self._group.ready()
        self._members: list[Share] = []
        """The agents, in the order of the bundles, once Ray has found room."""
        self.running: set[int] = set()
        """The trial whose attempt runs there, if one does."""
        self._outcome: Outcome | None = None
        """The attempt's outcome, while tasks of it still run."""
        self._told_to_end: list[Share] = []

    @property
    def node(self) -> Node:
        """The node of the chief."""
        return self._members[0].node

    @property
    def is_placed(self) -> bool:
        """Whether Ray has found room for it."""
        return bool(self._members) and all(member.is_placed for member in self._members)

    @property
    def waits(self) -> bool:
        """Whether Ray has found no room for it for a while."""
        return not self._members and time.monotonic() - self._began > SECONDS_TO_PLACE

    @property
    def is_there(self) -> bool:
        """Whether any of its agents can be talked to."""
        return any(member.is_there for member in self._members)

    @property
    def n_free(self) -> int:
        """How many attempts can start now."""
        is_ready = bool(self._members) and all(member.is_there for member in self._members)
        return self.n_slots - len(self.running) if is_ready else 0

    @property
    def slots(self) -> dict[str, int]:
        """How many attempts can run at a time, by the machine of their chief."""
        is_open = bool(self._members) and all(not member.why_lost for member in self._members)
        return {self.node.host: self.n_slots} if is_open else {}

    @property
    def failed(self) -> Share:
        """The first member that was lost or refused."""
        return next(member for member in self._members if member.why_lost is not None)

    @property
    def is_over(self) -> bool:
        """Whether it is lost, and nothing of it can still be running."""
        if all(member.why_lost is None for member in self._members):
            return False
        return all(member.is_over or not member.running for member in self._members)

    def lost_outcome(self) -> Outcome:
        """How the attempt ended that was lost; it may have ended before."""
        if self._outcome is not None and self._outcome.state is not AttemptState.FAIL:
            return self._outcome
        lost = self.failed
        tasks = self._trial[self._members.index(lost)].names
        detail = f"{lost.node.host} was lost with the trial's {tasks}: {lost.why_lost}"
        return Outcome.failed(Cause.NODE, detail)

    def in_words(self) -> str:
        """Which task runs where."""
        there = zip(self._trial, self._members, strict=True)
        return ", ".join(f"{bundle.names} on {member.node.host}" for bundle, member in there)

    def awaited(self) -> list[Any]:
        """What to wait for next, for `ray.wait`."""
        if not self._members:
            return [self._placing]
        return [ref for member in self._members for ref in member.awaited()]

    def say(self, word: Down) -> None:
        """Sends a message to the agents that it concerns."""
        match word:
            case Begin(order):
                self._begin(self._members[0], order)
            case Tell():
                self._members[0].say(word)
            case End():
                self._end_members(word.number)
            case Leave():
                for member in self._members:
                    member.say(word)

    def beat(self) -> None:
        """Tells the agents that the sweep is alive. Any thread can call this."""
        for member in tuple(self._members):
            member.beat()

    def hear(self, ready: Container[Any]) -> Iterator[Said | Noticed]:
        """What the agents say about the attempt as a whole, if that is among the ready."""
        if not self._members and self._placing in ready:
            self._place()
        for member in self._members:
            for word in member.hear(ready):
                yield from self._take(member, word)
        is_lost = any(member.why_lost is not None for member in self._members)
        for number in tuple(self.running):
            if is_lost or self._outcome is not None:
                self._end_members(number)
            is_over = not any(member.running for member in self._members)
            if self._outcome is not None and is_over and not is_lost:
                outcome, self._outcome = self._outcome, None
                self._told_to_end.clear()
                yield Said(number, Ended(outcome))

    def _place(self) -> None:
        """Starts an agent on each bundle, where Ray has put it."""
        known = {node.id: node for node in connection.nodes()}
        ids = placement_group_table(self._group)["bundles_to_node_id"]
        places = [known.get(ids[index]) for index in range(len(self._trial))]
        if not all(places):  # a node was lost again meanwhile
            self._placing = self._group.ready()
            return
        self._members = [
            Share(
                node,
                1,
                bundle.cpus,
                bundle.gpus,
                self._words,
                PlacementGroupSchedulingStrategy(self._group, index),
            )
            for index, (bundle, node) in enumerate(zip(self._trial, places, strict=True))
            if node is not None
        ]

    def _begin(self, member: Share, order: Order) -> None:
        if order.task is None and not order.check_only:
            there = zip(self._trial, self._members, strict=True)
            places = {
                task: Place(member.node.host, member.node.address)
                for bundle, member in there
                for task in bundle.tasks
            }
            order = replace(order, places=places)
        member.running.add(order.number)
        member.say(Begin(order))

    def _take(self, member: Share, word: Said | Noticed) -> Iterator[Said | Noticed]:
        if isinstance(word, Noticed):
            yield word
            return
        number, message = word.number, word.message
        if isinstance(message, Ended):
            member.running.discard(number)
        if member is not self._members[0]:
            (task,) = self._trial[self._members.index(member)].tasks
            self._members[0].say(Tell(number, FromTask(task, message)))
            return
        match message:
            case Ended(outcome):
                self._outcome = outcome
            case Summon(order):
                assert order.task is not None
                self._begin(self._member(order.task.id), order)
            case ToTask(task, said):
                self._member(task).say(Tell(number, said))
            case _:
                yield word

    def _member(self, task: TaskId) -> Share:
        there = zip(self._trial, self._members, strict=True)
        return next(member for bundle, member in there if task in bundle.tasks)

    def _end_members(self, number: int) -> None:
        """Has what still runs of the attempt end, once each."""
        for member in self._members:
            if member.running and member not in self._told_to_end:
                self._told_to_end.append(member)
                member.say(End(number))

    def close(self) -> None:
        """Kills the actors, and with them everything that is left of their agents."""
        for member in self._members:
            member.close()
        with suppress(RayError):
            remove_placement_group(self._group)
