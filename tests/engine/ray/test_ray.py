"""Sweeps on a cluster of several raylets, of which parts are killed from outside."""

from __future__ import annotations

import os
import platform
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.ray.clusters import ClusterSweep, TestCluster, holds, states

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(400)]
Start = Callable[..., ClusterSweep]


def nothing_is_left(cluster: TestCluster) -> bool:
    return holds(lambda: not cluster.processes())


def lost_in(output: str) -> list[str]:
    """Why attempts were lost, of what a sweep has printed."""
    lines = output.splitlines()
    return [line.split(" ", 2)[2] for line in lines if line.startswith("lost ")]


def test_trials_run_on_every_node(cluster: TestCluster, sweep_on: Start, results: Path) -> None:
    sweep = sweep_on(6, "pause")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    assert len(cluster.agents()) == 2
    assert sweep.end()[0] == 0
    assert states(results) == ["COMPLETE"] * 6
    assert nothing_is_left(cluster)


def test_a_killed_trial_is_tried_again(sweep_on: Start, results: Path) -> None:
    code, output, _ = sweep_on(3, "die SIGKILL 1").end()
    assert code == 0
    assert lost_in(output) == ["signal: SIGKILL"] * 3
    assert states(results) == ["COMPLETE"] * 3


def test_the_trial_of_a_killed_agent_goes_on_by_another(
    cluster: TestCluster, sweep_on: Start, results: Path
) -> None:
    sweep = sweep_on(4, "pause")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    os.kill(cluster.agents()[0], signal.SIGKILL)
    code, output, _ = sweep.end()
    assert code == 0
    host = platform.node()
    assert lost_in(output) == [f"node: {host} was lost: its agent has ended with code -9"]
    assert states(results) == ["COMPLETE"] * 4
    assert nothing_is_left(cluster)


def test_the_trial_of_a_killed_node_goes_on_by_another(
    cluster: TestCluster, sweep_on: Start, results: Path
) -> None:
    sweep = sweep_on(4, "pause")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    cluster.remove_node(cluster.nodes.pop())
    code, output, _ = sweep.end()
    cluster.nodes.append(cluster.add_node())
    assert code == 0
    assert len(lost_in(output)) == 1
    assert lost_in(output)[0].startswith("node: ")
    assert states(results) == ["COMPLETE"] * 4
    assert nothing_is_left(cluster)


def test_a_node_that_joins_is_used(cluster: TestCluster, sweep_on: Start, results: Path) -> None:
    cluster.remove_node(cluster.nodes.pop())
    sweep = sweep_on(40, "pause")
    sweep.read_until("evaluated 0 10")
    cluster.nodes.append(cluster.add_node())
    assert holds(lambda: len(cluster.agents()) == 2)
    assert sweep.end()[0] == 0
    assert states(results) == ["COMPLETE"] * 40
    assert nothing_is_left(cluster)


def test_nothing_outlives_a_killed_sweep(
    cluster: TestCluster, sweep_on: Start, results: Path
) -> None:
    sweep = sweep_on(2, "grandchild ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send(signal.SIGKILL)
    assert nothing_is_left(cluster)
    assert sweep_on(2, "train").end()[0] == 0
    assert states(results) == ["COMPLETE"] * 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_has_trials_wait_for_the_next_run(
    cluster: TestCluster, sweep_on: Start, results: Path, number: signal.Signals
) -> None:
    sweep = sweep_on(2, "wait")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send(number)
    assert sweep.end()[0] == 128 + number
    assert states(results) == ["WAITING"] * 2
    assert nothing_is_left(cluster)


def test_a_second_signal_ends_trials_at_once(
    cluster: TestCluster, sweep_on: Start, results: Path
) -> None:
    sweep = sweep_on(2, "ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send(signal.SIGINT)
    sweep.read_until("notice Stopping")
    sweep.send(signal.SIGINT)
    assert sweep.end()[0] == 128 + signal.SIGINT
    assert states(results) == ["WAITING"] * 2
    assert nothing_is_left(cluster)
