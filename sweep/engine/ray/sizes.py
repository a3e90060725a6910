"""How many trials each node of a cluster has room for, and which GPUs each trial gets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sweep.engine.ray_cluster import RayCluster

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Node:
    """A node, and its total resources."""

    id: str
    host: str
    cpus: float
    gpus: float

    def room(self, cluster: RayCluster) -> int:
        """How many trials it has room for at a time."""
        n_trials = _times(self.cpus, cluster.cpus_per_trial)
        if cluster.gpus_per_trial == 0:
            return n_trials
        if cluster.gpus_per_trial < 1:
            return min(n_trials, _times(1, cluster.gpus_per_trial) * int(self.gpus))
        return min(n_trials, _times(self.gpus, cluster.gpus_per_trial))


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


def _times(whole: float, part: float) -> int:
    return int(whole / part + _ROUNDING)
