"""What a Ray cluster can be asked for."""

from __future__ import annotations

from typing import Any

import pytest

from sweep.engine.ray_cluster import RayCluster
from sweep.errors import UsageError
from sweep.flow.options import Options


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"address": "ray://head:10001"},
            "--address must be HOST:PORT, but got 'ray://head:10001': give the head of the "
            "cluster, or run on a node of the cluster, where no address is needed.",
        ),
        ({"cpus_per_trial": 0.0}, "A trial needs some CPU, but got cpus_per_trial=0."),
        (
            {"gpus_per_trial": 1.5},
            "A trial can have a part of a GPU or whole GPUs, but got gpus_per_trial=1.5.",
        ),
        (
            {"gpus_per_trial": -1.0},
            "A trial can have a part of a GPU or whole GPUs, but got gpus_per_trial=-1.",
        ),
    ],
)
def test_what_no_cluster_has_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        RayCluster(**fields)
    assert str(raised.value) == message


def test_an_engine_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError) as raised:
        Options(engine="slurm")
    assert str(raised.value) == "engine must be 'local' or 'ray', but got 'slurm'."


def test_what_belongs_to_a_cluster_is_refused_on_one_machine() -> None:
    with pytest.raises(UsageError) as raised:
        Options(address="head:6379")
    assert str(raised.value) == (
        "address belongs to the engine 'ray', but the engine is 'local': leave it out, or choose "
        "the engine 'ray'."
    )


def test_a_sweep_on_one_machine_has_no_cluster() -> None:
    assert Options().ray_cluster is None
    assert Options(engine="ray", gpus_per_trial=0.5).ray_cluster == RayCluster(None, 1.0, 0.5)
