"""Sweeps on a cluster of several raylets, parts of which are killed from outside."""

from __future__ import annotations

import hashlib
import os
import platform
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.ray.clusters import ClusterSweep, TestCluster, holds, states
from tests.running import run_sweep

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
    assert lost_in(output) == [f"node: {host} was lost: its agent ended with code -9"]
    assert states(results) == ["COMPLETE"] * 4
    assert nothing_is_left(cluster)


def test_the_trial_of_a_killed_node_goes_on_by_another(
    cluster: TestCluster, sweep_on: Start, results: Path
) -> None:
    sweep = sweep_on(4, "pause")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    cluster.remove_node()
    code, output, _ = sweep.end()
    cluster.add_node()
    assert code == 0
    assert len(lost_in(output)) == 1
    assert lost_in(output)[0].startswith("node: ")
    assert states(results) == ["COMPLETE"] * 4
    assert nothing_is_left(cluster)


def test_a_node_that_joins_is_used(cluster: TestCluster, sweep_on: Start, results: Path) -> None:
    cluster.remove_node()
    sweep = sweep_on(40, "pause")
    sweep.read_until("evaluated 0 10")
    cluster.add_node()
    assert holds(lambda: len(cluster.agents()) == 2)
    assert sweep.end()[0] == 0
    assert states(results) == ["COMPLETE"] * 40
    assert nothing_is_left(cluster)


def test_a_sweep_waits_for_room_that_other_work_holds_and_says_so(
    cluster: TestCluster, sweep_on: Start, results: Path
) -> None:
    with cluster.held(2):
        sweep = sweep_on(4, "pause")
        sweep.read_until(
            "notice The cluster has no room yet for a trial with 1 CPU, perhaps because of other "
            "work. Trials start when there is room. An interrupt ends the sweep."
        )
        assert not cluster.agents()
    sweep.read_until("notice The cluster has room now: trials start.", "evaluated 0 10")
    code, output, errors = sweep.end()
    assert code == 0, errors
    assert "has not returned" not in output
    assert states(results) == ["COMPLETE"] * 4


def test_a_sweep_grows_when_other_work_has_ended(
    cluster: TestCluster, sweep_on: Start, results: Path
) -> None:
    with cluster.held(1):
        sweep = sweep_on(30, "pause")
        sweep.read_until("evaluated 3 10")
        assert len(cluster.agents()) == 1
    assert holds(lambda: len(cluster.agents()) == 2)
    assert sweep.end()[0] == 0
    assert states(results) == ["COMPLETE"] * 30


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


def test_trials_end_where_nothing_is_heard_of_the_sweep(
    cluster: TestCluster, sweep_on: Start, results: Path
) -> None:
    sweep = sweep_on(2, "pause")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send(signal.SIGSTOP)
    assert nothing_is_left(cluster)
    sweep.send(signal.SIGCONT)
    assert sweep.end()[0] == 0
    assert states(results) == ["COMPLETE"] * 2


def test_a_trial_that_has_passed_a_limit_ends_on_its_node(sweep_on: Start) -> None:
    sweep = sweep_on(1, "ignore", TRIAL_TIMEOUT="3")
    assert "ended 0 FAIL" in sweep.end()[1]


def test_an_address_that_is_given_counts_before_the_one_in_the_environment(
    sweep_on: Start, results: Path
) -> None:
    assert sweep_on(1, "train", RAY_ADDRESS="127.0.0.1:1").end()[0] == 0
    assert states(results) == ["COMPLETE"]


def test_a_node_that_has_another_study_file_is_refused_with_the_difference(
    cluster: TestCluster, sweep_on: Start, tmp_path: Path
) -> None:
    text = (
        "from pathlib import Path\n"
        "from tests.standin import study_of\n"
        "STUDY = study_of()\n"
        "file = Path(__file__)\n"
        "file.write_text(file.read_text() + '#')\n"
    )
    code, output, errors = sweep_on(1, file=text).end()
    sha256 = [hashlib.sha256((text + "#" * n).encode()).hexdigest() for n in (1, 2, 3)]
    told = [
        f"{tmp_path / 'study.py'} has the SHA-256 {other} there, but {sha256[0]} where the sweep "
        "runs: put the same file there."
        for other in sha256[1:]
    ]
    assert code == 1
    assert errors.splitlines()[-1] in [f"No node can run the trials: {text}" for text in told]
    notices = [line for line in output.splitlines() if "runs no trials" in line]
    assert len(notices) == 2
    assert nothing_is_left(cluster)


def test_a_trial_that_wants_more_than_any_node_has_is_refused(
    cluster: TestCluster, results: Path
) -> None:
    command = ["run", "digits_mlp", "--engine", "ray", "--address", cluster.address]
    ended = run_sweep(*command, "--cpus-per-trial", "2", "--results", results)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == (
        "sweep: No node of the cluster has 2 CPUs for a trial: give each trial less with "
        "--cpus-per-trial and --gpus-per-trial."
    )


def test_the_default_study_is_swept_on_a_cluster(cluster: TestCluster, results: Path) -> None:
    command = ["run", "digits_mlp", "--engine", "ray", "--address", cluster.address]
    ended = run_sweep(*command, "--trials", "3", "--results", results)
    assert ended.returncode == 0, ended.stderr
    assert "The study has 3 trials: 3 complete." in ended.stdout
    assert nothing_is_left(cluster)


def test_an_address_where_nobody_listens_is_refused(results: Path) -> None:
    command = ["run", "digits_mlp", "--engine", "ray", "--address", "127.0.0.1:1"]
    ended = run_sweep(*command, "--results", results)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == (
        "sweep: No Ray cluster was found at 127.0.0.1:1 (Connection refused): start one with "
        "`ray start --head`, join it on the other machines, or name its head with --address."
    )
