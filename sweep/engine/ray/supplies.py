"""What the nodes of a cluster have room for: whole trials, or trials that are spread over them.

A NodeSupply has shares of nodes. Other work can hold a part of a node. A share that finds no room
is requested again with half of its slots, and waits when it has only one slot. Once a share has
found room, another share is requested for the remaining slots of the node, so that the sweep grows
when other work ends.

A SpanSupply has spans, each for one trial at a time. Those that find no room wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sweep.engine.ray.share import Share
from sweep.engine.ray.sizes import Bundle, Node, amount, n_spread, spread
from sweep.engine.ray.span import Span
from sweep.engine.ray_cluster import RayCluster


class NodeSupply:
    """Shares of nodes, in which whole trials run.

    Args:
        cluster: the resources that each attempt takes.
        n_jobs: how many attempts run at a time; None is as many as there is room for.
        words: what agents must know, pickled.
    """

    def __init__(self, cluster: RayCluster, n_jobs: int | None, words: Sequence[bytes]) -> None:
        self._cluster = cluster
        self._n_jobs = n_jobs
        self._words = words
        self.amount = amount(cluster)
        self._most: dict[str, int] = {}
        """The most slots of the next share of a node."""

    def fits(self, nodes: Sequence[Node]) -> bool:
        """Whether a trial can run on these nodes."""
        return any(node.room(self._cluster) for node in nodes)

    def misfit(self) -> str:
        """What to tell if no trial can."""
        return f"No node of the cluster has {self.amount} for a trial"

    def unwanted(self, shares: Sequence[Share], usable: Sequence[Node]) -> Iterator[Share]:
        """Shares that are too large for the room that there is, or too many.

        Args:
            shares: all shares; each that is unwanted is removed before the next is looked for.
            usable: the nodes that can run trials.
        """
        for share in [share for share in shares if share.waits and share.n_slots > 1]:
            self._most[share.node.id] = share.n_slots // 2
            yield share
        for share in [share for share in shares if not share.running]:
            placed = sum(other.n_slots for other in shares if other.is_placed)
            if self._n_jobs is None or placed < self._n_jobs:
                break
            if not share.is_placed or placed - share.n_slots >= self._n_jobs:
                yield share

    def more(
        self, shares: Sequence[Share], usable: Sequence[Node], unusable: Sequence[Node]
    ) -> Iterator[Share]:
        """Shares of what is left of the nodes, unless it was requested already."""
        used = sum(share.n_slots for share in shares if not share.waits)
        asked = {share.node.id for share in shares if not share.is_placed}
        known = {node.id: node for node in usable if node.id not in asked}
        rooms = {id: self._left_on(node, shares) for id, node in known.items()}
        each = self._cluster.cpus_per_trial, self._cluster.gpus_per_trial
        for node_id, n_slots in spread(rooms, self._n_jobs, used).items():
            self._most[node_id] = 2 * n_slots
            yield Share(known[node_id], n_slots, *each, self._words)

    def _left_on(self, node: Node, shares: Sequence[Share]) -> int:
        """How many more slots a node has room for, as far as that is known."""
        room = node.room(self._cluster)
        taken = sum(share.n_slots for share in shares if share.node.id == node.id)
        return min(room - taken, self._most.get(node.id, room))

    def placed(self, shares: Sequence[Share]) -> str | None:
        """What to tell once there is room."""
        return None


class SpanSupply:
    """Spans, in which trials run whose tasks are spread.

    Args:
        trial: what a trial takes of nodes.
        cluster: what it takes in all.
        n_jobs: how many attempts run at a time; None is as many as there is room for.
        words: what agents must know, pickled.
    """

    def __init__(
        self,
        trial: Sequence[Bundle],
        cluster: RayCluster,
        n_jobs: int | None,
        words: Sequence[bytes],
    ) -> None:
        self._trial = trial
        self.amount = amount(cluster)
        self._n_jobs = n_jobs
        self._words = words

    def fits(self, nodes: Sequence[Node]) -> bool:
        """Whether a trial can run on these nodes."""
        return n_spread(nodes, self._trial) > 0

    def misfit(self) -> str:
        """What to tell if no trial can."""
        together, each = self._trial[0], self._trial[-1]
        return (
            f"No node of the cluster has {self.amount} for a trial, and its tasks do not "
            f"fit on several nodes either: {together.names} take {together.cpus:g} CPU of one "
            f"node, and each other task takes {each.cpus:g}"
        )

    def unwanted(self, shares: Sequence[Span], usable: Sequence[Node]) -> Iterator[Span]:
        """Spans that wait although the nodes have no room for as many."""
        waiting = [span for span in shares if not span.is_placed]
        yield from waiting[: max(0, len(shares) - self._n_wanted(usable))]

    def more(
        self, shares: Sequence[Span], usable: Sequence[Node], unusable: Sequence[Node]
    ) -> Iterator[Span]:
        """Spans for what is left of the nodes."""
        avoided = [node.id for node in unusable]
        for _ in range(self._n_wanted(usable) - len(shares)):
            yield Span(self._trial, self._words, avoided)

    def _n_wanted(self, usable: Sequence[Node]) -> int:
        room = n_spread(usable, self._trial)
        return room if self._n_jobs is None else min(room, self._n_jobs)

    def placed(self, shares: Sequence[Span]) -> str | None:
        """What to tell once there is room."""
        span = next(span for span in shares if span.is_placed)
        return (
            f"No node has {self.amount}, so each trial is spread over several. The first "
            f"has its {span.in_words()}."
        )
