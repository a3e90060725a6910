"""How many trials the nodes of a cluster have room for, and what each of them gets there."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sweep.engine.ray_cluster import RayCluster
from sweep.errors import UsageError
from sweep.study.cluster import PS, TOGETHER, WORKER, Cluster, TaskId
from sweep.wording import counted

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Node:
    """A node, and its total resources."""

    id: str
    host: str
    cpus: float
    gpus: float
    address: str = ""
    """Where the other nodes reach it."""

    def room(self, cluster: RayCluster) -> int:
        """How many trials it has room for at a time."""
        n_trials = _times(self.cpus, cluster.cpus_per_trial)
        if cluster.gpus_per_trial == 0:
            return n_trials
        if cluster.gpus_per_trial < 1:
            return min(n_trials, _times(1, cluster.gpus_per_trial) * int(self.gpus))
        return min(n_trials, _times(self.gpus, cluster.gpus_per_trial))


def amount(cluster: RayCluster) -> str:
    """The resources of a trial in words."""
    gpus = f" and {counted(cluster.gpus_per_trial, 'GPU')}" if cluster.gpus_per_trial else ""
    return f"{counted(cluster.cpus_per_trial, 'CPU')}{gpus}"


def spread(rooms: Mapping[str, int], n_slots: int | None, there: int) -> dict[str, int]:
    """How many slots each node gets; they are spread evenly over the nodes with room.

    Args:
        rooms: how many more slots each node has room for.
        n_slots: the most slots in total; None is as many as there is room for.
        there: how many slots nodes already have.
    """
    if n_slots is None:
        return {node: room for node, room in rooms.items() if room}
    shares = dict.fromkeys(rooms, 0)
    for _ in range(n_slots - there):
        open_ones = [node for node, room in rooms.items() if shares[node] < room]
        if not open_ones:
            break
        shares[min(open_ones, key=shares.__getitem__)] += 1
    return {node: share for node, share in shares.items() if share}


def gpus_for(n_slots: int, gpus_per_trial: float) -> float:
    """How many GPUs to ask Ray for, which gives either a part of one GPU or whole GPUs."""
    if gpus_per_trial >= 1 or n_slots * gpus_per_trial <= 1:
        return n_slots * gpus_per_trial
    return math.ceil(n_slots / _times(1, gpus_per_trial))


def gpus_of_slots(ids: Sequence[str], n_slots: int, gpus_per_trial: float) -> list[str | None]:
    """The GPUs of each slot, named as in CUDA_VISIBLE_DEVICES."""
    if gpus_per_trial == 0:
        return [None] * n_slots
    if gpus_per_trial < 1:
        on_each = _times(1, gpus_per_trial)
        return [ids[slot // on_each] for slot in range(n_slots)]
    each = int(gpus_per_trial)
    return [",".join(ids[slot * each : (slot + 1) * each]) for slot in range(n_slots)]


@dataclass(frozen=True)
class Bundle:
    """The tasks of a spread trial that share an agent, and the resources that they take."""

    tasks: tuple[TaskId, ...]
    cpus: float
    gpus: float

    @property
    def names(self) -> str:
        """The types of the tasks."""
        return " and ".join(kind for kind, _ in self.tasks)

    @property
    def resources(self) -> dict[str, float]:
        """The same as Ray names them."""
        return {"CPU": self.cpus} | ({"GPU": self.gpus} if self.gpus else {})


def bundles(tasks: Cluster, cluster: RayCluster) -> list[Bundle]:
    """How a trial is divided that does not fit on a node: first the chief and the evaluator.

    Each task gets the same share of the trial's CPUs. The chief and each worker get the same share
    of its GPUs; an evaluator uses the chief's.

    Raises:
        UsageError: the GPUs cannot be divided so.
    """
    cpus = cluster.cpus_per_trial / tasks.n_tasks
    gpus = cluster.gpus_per_trial / (1 + tasks.worker)
    if gpus > 1 and gpus % 1:
        raise UsageError(
            "No node has room for a whole trial, so its tasks are spread over several nodes. The "
            f"chief and {counted(tasks.worker, 'worker')} would each get {gpus:g} GPUs, but must "
            f"get whole ones: change --gpus-per-trial {cluster.gpus_per_trial:g}."
        )
    together = tuple(task for task in tasks.tasks if task[0] in TOGETHER)
    others = [task for task in tasks.tasks if task[0] in (WORKER, PS)]
    first = Bundle(together, cpus * len(together), gpus)
    return [first, *(Bundle((task,), cpus, gpus * (task[0] == WORKER)) for task in others)]


def n_spread(nodes: Sequence[Node], trial: Sequence[Bundle]) -> int:
    """How many trials of these bundles fit on the nodes; each bundle needs a single node."""
    left = {node.id: (node.cpus, node.gpus) for node in nodes}
    for n_trials in itertools.count():
        for bundle in trial:
            there = next((id for id, room in left.items() if _fits(bundle, *room)), None)
            if there is None:
                return n_trials
            cpus, gpus = left[there]
            left[there] = cpus - bundle.cpus, gpus - bundle.gpus
    raise AssertionError("there is no end of room")


def _fits(bundle: Bundle, cpus: float, gpus: float) -> bool:
    return bundle.cpus <= cpus + _ROUNDING and bundle.gpus <= gpus + _ROUNDING


def _times(whole: float, part: float) -> int:
    return int(whole / part + _ROUNDING)
