"""Spread trials that find no room: other work holds it, or nodes are missing."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.engine.ray.clusters import ClusterSweep, TestCluster, holds

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(400)]
SPREAD = """
from sweep import Cluster
from tests.standin import study_of
STUDY = study_of('train', cluster=Cluster(worker=1, ps=1, evaluator=1))
"""


def test_a_sweep_says_whether_other_work_or_missing_nodes_keep_spread_trials_waiting(
    cluster: TestCluster, sweep_on: Callable[..., ClusterSweep]
) -> None:
    with cluster.held(1):
        sweep = sweep_on(1, file=SPREAD, CPUS_PER_TRIAL="2")
        sweep.read_until(
            "notice The cluster has no room yet for a trial with 2 CPUs, perhaps because of other "
            "work. Trials start when there is room. An interrupt ends the sweep."
        )
        assert not cluster.agents()
        cluster.remove_node()
        sweep.read_until(
            "notice The nodes that are left cannot run a trial with 2 CPUs. Trials start when "
            "another node joins. An interrupt ends the sweep."
        )
        cluster.add_node()
    sweep.read_until("notice The cluster has room now: trials start.")
    sweep.send(signal.SIGKILL)
    assert holds(lambda: not cluster.processes())
