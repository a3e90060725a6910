"""How the slots of a sweep are placed on the nodes of a cluster."""

from __future__ import annotations

import pytest

from sweep.engine.ray.sizes import Node, bundles, gpus_for, gpus_of_slots, n_spread, spread
from sweep.engine.ray_cluster import RayCluster
from sweep.errors import UsageError
from sweep.study.cluster import Cluster


def node(cpus: float, gpus: float = 0.0) -> Node:
    return Node("id", "host", cpus, gpus)


@pytest.mark.parametrize(
    ("there", "wanted", "n_trials"),
    [
        (node(8), RayCluster(), 8),
        (node(8), RayCluster(cpus_per_trial=3), 2),
        (node(1), RayCluster(cpus_per_trial=0.1), 10),
        (node(1), RayCluster(cpus_per_trial=2), 0),
        (node(8, 2), RayCluster(gpus_per_trial=1), 2),
        (node(8, 2), RayCluster(gpus_per_trial=0.4), 4),
        (node(3, 2), RayCluster(gpus_per_trial=0.5), 3),
        (node(8, 5), RayCluster(gpus_per_trial=2), 2),
        (node(8), RayCluster(gpus_per_trial=1), 0),
    ],
)
def test_a_node_has_room_for_as_many_trials_as_its_scarcest_resource(
    there: Node, wanted: RayCluster, n_trials: int
) -> None:
    assert there.room(wanted) == n_trials


def test_without_a_number_all_the_room_is_used() -> None:
    assert spread({"a": 4, "b": 2, "c": 0}, None, 0) == {"a": 4, "b": 2}


def test_slots_are_spread_over_the_nodes() -> None:
    assert spread({"a": 4, "b": 2, "c": 1}, 5, 0) == {"a": 2, "b": 2, "c": 1}


def test_slots_that_are_there_already_count() -> None:
    assert spread({"c": 4}, 5, 4) == {"c": 1}
    assert spread({"c": 4}, 4, 4) == {}


def test_there_are_no_more_slots_than_there_is_room() -> None:
    assert spread({"a": 1, "b": 2}, 64, 0) == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("n_slots", "each", "asked"),
    [(3, 0, 0), (1, 0.5, 0.5), (2, 0.5, 1), (3, 0.5, 2), (4, 0.4, 2), (2, 2, 4)],
)
def test_ray_is_asked_for_a_part_of_a_gpu_or_for_whole_ones(
    n_slots: int, each: float, asked: float
) -> None:
    assert gpus_for(n_slots, each) == asked


def test_every_slot_has_its_gpus_and_shares_them_with_as_many_as_may() -> None:
    assert gpus_of_slots([], 2, 0) == [None, None]
    assert gpus_of_slots(["0", "1"], 3, 0.5) == ["0", "0", "1"]
    assert gpus_of_slots(["4", "5", "6", "7"], 2, 2) == ["4,5", "6,7"]


ALL = Cluster(worker=2, ps=1, evaluator=1)


def test_chief_and_evaluator_of_a_spread_trial_stay_together() -> None:
    trial = bundles(ALL, RayCluster(cpus_per_trial=10, gpus_per_trial=3))
    assert [(bundle.names, bundle.cpus, bundle.gpus) for bundle in trial] == [
        ("chief and evaluator", 4, 1),
        ("worker", 2, 1),
        ("worker", 2, 1),
        ("ps", 2, 0),
    ]


def test_gpus_that_cannot_be_divided_are_refused() -> None:
    with pytest.raises(UsageError, match=r"would each get 1\.5 GPUs, but must get whole ones"):
        bundles(Cluster(worker=1, ps=1), RayCluster(gpus_per_trial=3))


@pytest.mark.parametrize(
    ("cpus", "n_trials"),
    [
        ([4, 2], 0),
        ([4, 6], 1),
        ([4, 2, 2, 2], 1),
        ([2, 2, 2, 2, 2], 0),
        ([9, 11], 1),
        ([8, 12], 2),
        ([], 0),
    ],
)
def test_spread_trials_fit_where_each_bundle_finds_a_node(cpus: list[float], n_trials: int) -> None:
    nodes = [Node(str(number), "host", size, 0) for number, size in enumerate(cpus)]
    assert n_spread(nodes, bundles(ALL, RayCluster(cpus_per_trial=10))) == n_trials
