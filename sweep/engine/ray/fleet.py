"""The shares that a sweep has of a cluster's nodes, which can come, go and turn out unusable.

Other work can hold a part of a node. A share that finds no room is requested again with half of
its slots, and waits when it has only one slot. Once a share has found room, another share is
requested for the remaining slots of the node, so that the sweep grows when other work ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from sweep.engine.ray.lookout import Lookout
from sweep.engine.ray.share import Share
from sweep.engine.ray.sizes import Node, spread
from sweep.engine.ray_cluster import RayCluster
from sweep.errors import EngineError, UsageError
from sweep.wording import counted

MOST_LOSSES = 3
"""A node gets no more agents after this many in a row were lost before an attempt ended there."""


class Fleet:
    """Takes shares of nodes, and gives them up.

    Args:
        cluster: the resources that each attempt takes.
        n_jobs: how many attempts run at a time; None is as many as there is room for.
        words: what agents must know, pickled.
        say: gets notices about nodes that are lost or cannot be used.

    Raises:
        UsageError: no node has the resources for an attempt.
    """

    def __init__(
        self,
        cluster: RayCluster,
        n_jobs: int | None,
        words: Sequence[bytes],
        say: Callable[[str], None],
    ) -> None:
        self._cluster = cluster
        self._n_jobs = n_jobs
        self._words = words
        self._say = say
        self.shares: list[Share] = []
        self._most: dict[str, int] = {}
        """The most slots of the next share of a node."""
        self._is_short_of_room = False
        self._losses: Counter[str] = Counter()
        self._refusals: dict[str, str] = {}
        self._lookout = Lookout()
        there = self._lookout.nodes
        if not any(node.room(cluster) for node in there):
            self._lookout.stop()
            raise UsageError(
                f"No node of the cluster has {_amount(cluster)} for a trial: give each trial less "
                "with --cpus-per-trial and --gpus-per-trial."
            )
        self._take_shares(there)

    def stop(self) -> None:
        """Ends everything that is left on the nodes."""
        self._lookout.stop()
        for share in self.shares:
            share.close()

    def lost(self) -> Iterator[Share]:
        """Gives up the shares of lost agents, once it is certain that their attempts are gone."""
        for share in [share for share in self.shares if share.is_over]:
            self.shares.remove(share)
            share.close()
            host = share.node.host
            if share.refusal is not None:
                self._refusals[share.node.id] = share.refusal
                self._say(f"{host} runs no trials: {share.refusal}")
                continue
            self._losses[share.node.id] = 1 + self._losses[share.node.id] * (not share.has_served)
            self._say(
                f"{host} was lost with {counted(len(share.running), 'trial')}: {share.why_lost}."
            )
            yield share

    def look(self) -> None:
        """Takes shares of nodes that are new or usable again.

        Raises:
            EngineError: no node can run trials.
        """
        self._seek_room()
        if not self._lookout.is_cut_off:
            self._take_shares(self._lookout.nodes)
        if self.shares:
            return
        if self._lookout.is_cut_off:
            raise EngineError(
                "The Ray cluster that the trials ran on is gone, or this machine is no longer one "
                "of its nodes: run the same command again to continue, once there is a cluster."
            )
        there = [node for node in self._lookout.nodes if node.room(self._cluster)]
        if there and not any(map(self._is_usable, there)):
            reason = next(iter(self._refusals.values()), "each was lost repeatedly.")
            raise EngineError(f"No node can run the trials: {reason}")

    def _seek_room(self) -> None:
        """Asks for less if there is no room, gives up what is too much, and reports both."""
        for share in [share for share in self.shares if share.waits and share.n_slots > 1]:
            self._most[share.node.id] = share.n_slots // 2
            self._give_up(share)
        for share in [share for share in self.shares if not share.running]:
            placed = sum(other.n_slots for other in self.shares if other.is_placed)
            if self._n_jobs is None or placed < self._n_jobs:
                break
            if not share.is_placed or placed - share.n_slots >= self._n_jobs:
                self._give_up(share)
        has_room = any(share.is_placed for share in self.shares)
        if self._is_short_of_room and has_room:
            self._is_short_of_room = False
            self._say("The cluster has room now: trials start.")
        elif not self._is_short_of_room and not has_room and any(s.waits for s in self.shares):
            self._is_short_of_room = True
            self._say(
                f"The cluster has no room yet for a trial with {_amount(self._cluster)}, perhaps "
                "because of other work. Trials start when there is room. An interrupt ends the "
                "sweep."
            )

    def _give_up(self, share: Share) -> None:
        self.shares.remove(share)
        share.close()

    def _take_shares(self, there: list[Node]) -> None:
        """Takes what is left of the nodes, unless it was requested already."""
        used = sum(share.n_slots for share in self.shares if not share.waits)
        asked = {share.node.id for share in self.shares if not share.is_placed}
        rooms = {node.id: self._left_on(node) for node in there if node.id not in asked}
        known = {node.id: node for node in there}
        for node_id, n_slots in spread(rooms, self._n_jobs, used).items():
            self.shares.append(Share(known[node_id], n_slots, self._cluster, self._words))
            self._most[node_id] = 2 * n_slots

    def _left_on(self, node: Node) -> int:
        """How many more slots a node has room for, as far as that is known."""
        if not self._is_usable(node):
            return 0
        room = node.room(self._cluster)
        taken = sum(share.n_slots for share in self.shares if share.node.id == node.id)
        return min(room - taken, self._most.get(node.id, room))

    def _is_usable(self, node: Node) -> bool:
        return node.id not in self._refusals and self._losses[node.id] < MOST_LOSSES


def _amount(cluster: RayCluster) -> str:
    gpus = f" and {counted(cluster.gpus_per_trial, 'GPU')}" if cluster.gpus_per_trial else ""
    return f"{counted(cluster.cpus_per_trial, 'CPU')}{gpus}"
