"""The slots of a sweep whose trials are spread, because no node has room for a whole one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sweep.engine.ray.fleet import Fleet, NodeFleet, amount
from sweep.engine.ray.lookout import Lookout
from sweep.engine.ray.sizes import Bundle, Node, bundles, n_spread
from sweep.engine.ray.span import Span
from sweep.engine.ray_cluster import RayCluster
from sweep.errors import UsageError
from sweep.study.cluster import Cluster


class SpanFleet(Fleet[Span]):
    """A span for each trial that runs at a time.

    Spans that the cluster has no room for wait in it, so that the sweep grows when other work ends.
    """

    def __init__(
        self,
        trial: Sequence[Bundle],
        cluster: RayCluster,
        n_jobs: int | None,
        words: Sequence[bytes],
        say: Callable[[str], None],
        lookout: Lookout,
    ) -> None:
        self._trial = trial
        self._is_told = False
        super().__init__(cluster, n_jobs, words, say, lookout)

    def _have_room(self, nodes: Sequence[Node]) -> bool:
        return n_spread(nodes, self._trial) > 0

    def _too_large(self) -> str:
        return (
            f"No node of the cluster has {amount(self._cluster)} for a trial, and its tasks do not "
            f"fit on several nodes either. Each of them takes {self._trial[-1].cpus:g} CPU, and "
            "the chief and the evaluator share a node: give each trial less with --cpus-per-trial "
            "and --gpus-per-trial."
        )

    def _seek_room(self) -> None:
        """Gives up waiting spans that are more than the nodes have room for."""
        waiting = [span for span in self.shares if not span.is_placed]
        for span in waiting[: max(0, len(self.shares) - self._n_wanted())]:
            self._give_up(span)
        if not self._is_told and (placed := [span for span in self.shares if span.is_placed]):
            self._is_told = True
            self._say(
                f"No node has {amount(self._cluster)}, so each trial is spread over several. The "
                f"first has its {placed[0].in_words()}."
            )

    def _take_shares(self, there: list[Node]) -> None:
        known = {node.id for node in there}
        unusable = known - {node.id for node in self._usable(there)}
        for _ in range(self._n_wanted() - len(self.shares)):
            self.shares.append(Span(self._trial, self._words, unusable))

    def _n_wanted(self) -> int:
        room = n_spread(self._usable(self._lookout.nodes), self._trial)
        return room if self._n_jobs is None else min(room, self._n_jobs)


def make_fleet(
    cluster: RayCluster,
    tasks: Cluster | None,
    n_jobs: int | None,
    words: Sequence[bytes],
    say: Callable[[str], None],
) -> NodeFleet | SpanFleet:
    """The slots for a sweep: on single nodes, or spread if a trial has tasks and fits on no node.

    Raises:
        UsageError: the nodes do not have the resources for an attempt.
    """
    lookout = Lookout()
    if tasks is None or tasks.n_tasks == 1 or any(node.room(cluster) for node in lookout.nodes):
        return NodeFleet(cluster, n_jobs, words, say, lookout)
    try:
        trial = bundles(tasks, cluster)
    except UsageError:
        lookout.stop()
        raise
    return SpanFleet(trial, cluster, n_jobs, words, say, lookout)
