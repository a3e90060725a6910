"""What a sweep has of a cluster's nodes, which can come, go and turn out unusable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from sweep.engine.ray.lookout import Lookout
from sweep.engine.ray.share import Share
from sweep.engine.ray.sizes import Node, bundles
from sweep.engine.ray.span import Span
from sweep.engine.ray.supplies import NodeSupply, SpanSupply
from sweep.engine.ray_cluster import RayCluster
from sweep.errors import EngineError, UsageError
from sweep.study.cluster import Cluster
from sweep.wording import counted

MOST_LOSSES = 3
"""A node gets no more agents after this many in a row were lost before an attempt ended there."""

S = TypeVar("S", Share, Span)


class Supply(Protocol[S]):
    """What there can be of shares or spans; see `supplies`."""

    amount: str
    """What a trial takes, in words."""

    def fits(self, nodes: Sequence[Node]) -> bool: ...

    def misfit(self) -> str: ...

    def unwanted(self, shares: Sequence[S], usable: Sequence[Node]) -> Iterator[S]: ...

    def more(
        self, shares: Sequence[S], usable: Sequence[Node], unusable: Sequence[Node]
    ) -> Iterator[S]: ...

    def placed(self, shares: Sequence[S]) -> str | None: ...


class Fleet(Generic[S]):
    """Takes what attempts run in, and gives it up.

    Args:
        supply: what there can be.
        lookout: looks at the nodes; ends with the fleet.
        say: gets notices about nodes that are lost or cannot be used.

    Raises:
        UsageError: the nodes do not have the resources for an attempt.
    """

    def __init__(self, supply: Supply[S], lookout: Lookout, say: Callable[[str], None]) -> None:
        self._supply: Supply[S] = supply
        self._say = say
        self.shares: list[S] = []
        self._is_placed = False
        self._shortage: str | None = None
        """Why no trial has room, as it was told; None while one has."""
        self._losses: Counter[str] = Counter()
        self._refusals: dict[str, str] = {}
        self._lookout = lookout
        if not supply.fits(lookout.nodes):
            lookout.stop()
            raise UsageError(
                f"{supply.misfit()}: give each trial less with --cpus-per-trial and "
                "--gpus-per-trial."
            )
        self._take_shares()

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
        for share in self._supply.unwanted(self.shares, self._usable(self._lookout.nodes)):
            self.shares.remove(share)
            share.close()
        if not self._lookout.is_cut_off:
            self._take_shares()
        if not self.shares:
            self._refuse_useless()
        self._tell_of_room()

    def _refuse_useless(self) -> None:
        """Checks that trials can start again once there is room, or another node.

        Raises:
            EngineError: they cannot.
        """
        if self._lookout.is_cut_off:
            raise EngineError(
                "The Ray cluster that the trials ran on is gone, or this machine is no longer one "
                "of its nodes: run the same command again to continue, once there is a cluster."
            )
        there = self._lookout.nodes
        if self._supply.fits(there) and not self._supply.fits(self._usable(there)):
            reason = next(iter(self._refusals.values()), "each was lost repeatedly.")
            raise EngineError(f"No node can run the trials: {reason}")

    def _tell_of_room(self) -> None:
        has_room = any(share.is_placed for share in self.shares)
        if has_room and not self._is_placed:
            self._is_placed = True
            if (text := self._supply.placed(self.shares)) is not None:
                self._say(text)
        if has_room and self._shortage is not None:
            self._shortage = None
            self._say("The cluster has room now: trials start.")
        waits = not self.shares or any(share.waits for share in self.shares)
        if not has_room and waits and (shortage := self._why_short()) != self._shortage:
            self._shortage = shortage
            self._say(f"{shortage} An interrupt ends the sweep.")

    def _why_short(self) -> str:
        """Why no trial has room: nodes are missing, or other work holds those that there are."""
        if not self._supply.fits(self._usable(self._lookout.nodes)):
            return (
                f"The nodes that are left cannot run a trial with {self._supply.amount}. Trials "
                "start when another node joins."
            )
        return (
            f"The cluster has no room yet for a trial with {self._supply.amount}, perhaps because "
            "of other work. Trials start when there is room."
        )

    def _take_shares(self) -> None:
        there = self._lookout.nodes
        usable = self._usable(there)
        unusable = [node for node in there if node not in usable]
        self.shares += self._supply.more(tuple(self.shares), usable, unusable)

    def _usable(self, nodes: Sequence[Node]) -> list[Node]:
        return [
            node
            for node in nodes
            if node.id not in self._refusals and self._losses[node.id] < MOST_LOSSES
        ]


def make_fleet(
    cluster: RayCluster,
    tasks: Cluster | None,
    n_jobs: int | None,
    words: Sequence[bytes],
    say: Callable[[str], None],
) -> Fleet[Share] | Fleet[Span]:
    """What a sweep takes of a cluster: if a trial has tasks and fits on no node, it is spread.

    Args:
        cluster: the resources that each attempt takes.
        tasks: its tasks, if it is a cluster itself.
        n_jobs: how many attempts run at a time; None is as many as there is room for.
        words: what agents must know, pickled.
        say: gets notices about nodes that are lost or cannot be used.

    Raises:
        UsageError: the nodes do not have the resources for an attempt.
    """
    lookout = Lookout()
    whole = NodeSupply(cluster, n_jobs, words)
    if tasks is None or tasks.n_tasks == 1 or whole.fits(lookout.nodes):
        return Fleet(whole, lookout, say)
    try:
        trial = bundles(tasks, cluster)
    except UsageError:
        lookout.stop()
        raise
    return Fleet(SpanSupply(trial, cluster, n_jobs, words), lookout, say)
