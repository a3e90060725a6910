"""The shares that a sweep has of a cluster's nodes, which can come, go and turn out unusable.

On a NodeFleet, each trial runs on one node. Other work can hold a part of a node. A share that
finds no room is requested again with half of its slots, and waits when it has only one slot. Once a
share has found room, another share is requested for the remaining slots of the node, so that the
sweep grows when other work ends. How trials are spread over nodes: see `span_fleet`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from sweep.engine.ray.lookout import Lookout
from sweep.engine.ray.share import Share
from sweep.engine.ray.sizes import Node, spread
from sweep.engine.ray.span import Span
from sweep.engine.ray_cluster import RayCluster
from sweep.errors import EngineError, UsageError
from sweep.wording import counted

MOST_LOSSES = 3
"""A node gets no more agents after this many in a row were lost before an attempt ended there."""


S = TypeVar("S", Share, Span)


class Fleet(Generic[S]):
    """Takes what attempts run in, and gives it up.

    Args:
        cluster: the resources that each attempt takes.
        n_jobs: how many attempts run at a time; None is as many as there is room for.
        words: what agents must know, pickled.
        say: gets notices about nodes that are lost or cannot be used.
        lookout: looks at the nodes; ends with the fleet.

    Raises:
        UsageError: the nodes do not have the resources for an attempt.
    """

    def __init__(
        self,
        cluster: RayCluster,
        n_jobs: int | None,
        words: Sequence[bytes],
        say: Callable[[str], None],
        lookout: Lookout,
    ) -> None:
        self._cluster = cluster
        self._n_jobs = n_jobs
        self._words = words
        self._say = say
        self.shares: list[S] = []
        self._is_short_of_room = False
        self._losses: Counter[str] = Counter()
        self._refusals: dict[str, str] = {}
        self._lookout = lookout
        if not self._have_room(lookout.nodes):
            lookout.stop()
            raise UsageError(self._too_large())
        self._take_shares(lookout.nodes)

    def _have_room(self, nodes: Sequence[Node]) -> bool:
        """Whether an attempt can run on these nodes."""
        raise NotImplementedError

    def _too_large(self) -> str:
        """What to tell if no attempt can run."""
        raise NotImplementedError

    def _seek_room(self) -> None:
        """Gives up what waits in vain for room, or is too much."""
        raise NotImplementedError

    def _take_shares(self, there: list[Node]) -> None:
        """Takes what is left of the nodes, unless it was requested already."""
        raise NotImplementedError

    def stop(self) -> None:
        """Ends everything that is left on the nodes."""
        self._lookout.stop()
        for share in self.shares:
            share.close()

    def lost(self) -> Iterator[S]:
        """Gives up the shares of lost agents, once it is certain that their attempts are gone."""
        for share in [share for share in self.shares if share.is_over]:
            self.shares.remove(share)
            share.close()
            failed = share.failed
            id, host = failed.node.id, failed.node.host
            if failed.refusal is not None:
                self._refusals[id] = failed.refusal
                self._say(f"{host} runs no trials: {failed.refusal}")
                continue
            self._losses[id] = 1 + self._losses[id] * (not failed.has_served)
            self._say(
                f"{host} was lost with {counted(len(share.running), 'trial')}: {failed.why_lost}."
            )
            yield share

    def look(self) -> None:
        """Takes shares of nodes that are new or usable again.

        Raises:
            EngineError: no node can run trials.
        """
        self._seek_room()
        self._tell_of_room()
        if not self._lookout.is_cut_off:
            self._take_shares(self._lookout.nodes)
        if self.shares:
            return
        if self._lookout.is_cut_off:
            raise EngineError(
                "The Ray cluster that the trials ran on is gone, or this machine is no longer one "
                "of its nodes: run the same command again to continue, once there is a cluster."
            )
        there = self._lookout.nodes
        if self._have_room(there) and not self._have_room(self._usable(there)):
            reason = next(iter(self._refusals.values()), "each was lost repeatedly.")
            raise EngineError(f"No node can run the trials: {reason}")

    def _tell_of_room(self) -> None:
        has_room = any(share.is_placed for share in self.shares)
        if self._is_short_of_room and has_room:
            self._is_short_of_room = False
            self._say("The cluster has room now: trials start.")
        elif not self._is_short_of_room and not has_room and any(s.waits for s in self.shares):
            self._is_short_of_room = True
            self._say(
                f"The cluster has no room yet for a trial with {amount(self._cluster)}, perhaps "
                "because of other work. Trials start when there is room. An interrupt ends the "
                "sweep."
            )

    def _give_up(self, share: S) -> None:
        self.shares.remove(share)
        share.close()

    def _usable(self, nodes: Sequence[Node]) -> list[Node]:
        return [
            node
            for node in nodes
            if node.id not in self._refusals and self._losses[node.id] < MOST_LOSSES
        ]


class NodeFleet(Fleet[Share]):
    """Shares of nodes, each with room for whole trials."""

    def __init__(self, *args: Any) -> None:
        self._most: dict[str, int] = {}
        """The most slots of the next share of a node."""
        super().__init__(*args)

    def _have_room(self, nodes: Sequence[Node]) -> bool:
        return any(node.room(self._cluster) for node in nodes)

    def _too_large(self) -> str:
        return (
            f"No node of the cluster has {amount(self._cluster)} for a trial: give each trial less "
            "with --cpus-per-trial and --gpus-per-trial."
        )

    def _seek_room(self) -> None:
        for share in [share for share in self.shares if share.waits and share.n_slots > 1]:
            self._most[share.node.id] = share.n_slots // 2
            self._give_up(share)
        for share in [share for share in self.shares if not share.running]:
            placed = sum(other.n_slots for other in self.shares if other.is_placed)
            if self._n_jobs is None or placed < self._n_jobs:
                break
            if not share.is_placed or placed - share.n_slots >= self._n_jobs:
                self._give_up(share)

    def _take_shares(self, there: list[Node]) -> None:
        used = sum(share.n_slots for share in self.shares if not share.waits)
        asked = {share.node.id for share in self.shares if not share.is_placed}
        usable = self._usable(there)
        rooms = {node.id: self._left_on(node) for node in usable if node.id not in asked}
        known = {node.id: node for node in there}
        each = self._cluster.cpus_per_trial, self._cluster.gpus_per_trial
        for node_id, n_slots in spread(rooms, self._n_jobs, used).items():
            self.shares.append(Share(known[node_id], n_slots, *each, self._words))
            self._most[node_id] = 2 * n_slots

    def _left_on(self, node: Node) -> int:
        """How many more slots a node has room for, as far as that is known."""
        room = node.room(self._cluster)
        taken = sum(share.n_slots for share in self.shares if share.node.id == node.id)
        return min(room - taken, self._most.get(node.id, room))


def amount(cluster: RayCluster) -> str:
    """The resources of a trial in words."""
    gpus = f" and {counted(cluster.gpus_per_trial, 'GPU')}" if cluster.gpus_per_trial else ""
    return f"{counted(cluster.cpus_per_trial, 'CPU')}{gpus}"
