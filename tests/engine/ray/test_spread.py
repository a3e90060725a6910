"""Trials whose tasks run on several nodes, because none has room for a whole trial."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sweep.folder.push import named_checkpoints
from sweep.folder.remote import Remote
from tests.engine.ray.clusters import TestCluster, holds
from tests.processes import is_alive
from tests.stores import new_store, reach
from tests.trial.cluster.test_cluster import Running, result

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(400)]
Start = Callable[..., Running]
LONGER = """
from tests.trial.cluster import linear
linear.MAX_STEPS = {}
STUDY = linear.STUDY
"""
DEAF = """
import os, time
from tests.trial.cluster import linear
input_fn = linear.input_fn
def late(epochs=None):
    if "cluster" in os.environ.get("TF_CONFIG", ""):
        time.sleep(600)
    return input_fn(epochs)
linear.input_fn = late
STUDY = linear.STUDY
"""
FOUR = ("--cluster", "chief=1,worker=1,ps=1,evaluator=1", "--cpus-per-trial", "2")


@pytest.fixture
def run(cluster: TestCluster, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Starts a sweep of a trial of the small network on the cluster."""

    def start(
        results: Path | str, *options: str, max_steps: int = 100, text: str = LONGER
    ) -> Running:
        study = tmp_path / "linear.py"
        study.write_text(text.format(max_steps))
        on_ray = ("--engine", "ray", "--address", cluster.address, "--trials", "1")
        running = Running(results, *on_ray, *options, study=str(study))
        request.addfinalizer(running.close)
        return running

    yield start
    assert holds(lambda: not cluster.processes())


def pid_of(cluster: TestCluster, task: str) -> int | None:
    """The process that prints to the log of a task."""
    for pid in cluster.processes():
        try:
            log = Path(f"/proc/{pid}/fd/1").readlink()
        except OSError:
            continue
        if log.name == f"{task}-0.log.txt" and is_alive(pid):
            return pid
    return None


def checkpoints(results: Path) -> list[Path]:
    return [*results.glob("linear/trial-0000/model/model.ckpt-*.index")]


def test_a_spread_trial_measures_what_it_measures_on_one_node(
    run: Start, results: Path, tmp_path: Path
) -> None:
    tasks = ("--cluster", "ps=1,evaluator=1", "--seed", "3")
    code, printed = run(results, *tasks, "--cpus-per-trial", "1.5").end()
    assert code == 0, printed
    assert "No node has 1.5 CPUs, so each trial is spread over several. The first has" in printed
    log = (results / "linear/trial-0000/log.txt").read_text()
    assert "prints to ps-0.log.txt" in log
    assert (results / "linear/trial-0000/ps-0.log.txt").exists()

    alone = Running(tmp_path / "alone", "--trials", "1", *tasks)
    code, printed = alone.end()
    assert code == 0, printed
    assert result(results)["metrics"] == result(tmp_path / "alone")["metrics"]


def test_the_kill_of_a_task_on_another_node_names_it_and_the_next_attempt_goes_on(
    cluster: TestCluster, run: Start, results: Path
) -> None:
    running = run(results, *FOUR, max_steps=600)
    assert holds(lambda: len(checkpoints(results)) > 1 and pid_of(cluster, "worker") is not None)
    worker = pid_of(cluster, "worker")
    assert worker is not None
    os.kill(worker, signal.SIGKILL)
    code, printed = running.end()

    assert code == 0, printed
    log = (results / "linear/trial-0000/log.txt").read_text()
    assert "signal: SIGKILL (worker on " in log
    assert "; worker-0.log.txt ends: " in log
    told = result(results)
    assert (told["state"], told["attempt"]) == ("COMPLETE", 2)
    assert told["evaluations"][0]["step"] > 0


def test_a_trial_of_which_a_node_is_lost_goes_on_when_there_is_room(
    cluster: TestCluster, run: Start, results: Path
) -> None:
    running = run(results, *FOUR, max_steps=600)
    assert holds(lambda: len(checkpoints(results)) > 1)
    cluster.remove_node()
    assert holds(lambda: not cluster.processes())
    cluster.add_node()
    code, printed = running.end()

    assert code == 0, printed
    assert "was lost with the trial's " in printed
    told = result(results)
    assert (told["state"], told["attempt"]) == ("COMPLETE", 2)


def test_a_stop_reaches_all_tasks_and_the_trial_waits(
    cluster: TestCluster, run: Start, results: Path
) -> None:
    running = run(results, *FOUR, max_steps=100000)
    assert holds(lambda: len(checkpoints(results)) > 1)
    running.send(signal.SIGINT)
    code, printed = running.end()

    assert code == 130, printed
    assert result(results)["state"] == "WAITING"


def test_a_second_interrupt_ends_tasks_that_do_not_stop(
    cluster: TestCluster, run: Start, results: Path
) -> None:
    running = run(results, *FOUR, text=DEAF)
    assert holds(lambda: None not in [pid_of(cluster, task) for task in ("ps", "worker")])
    running.send(signal.SIGINT)
    running.read_until("Stopping: the running trial saves a checkpoint and ends.")
    running.send(signal.SIGINT)
    code, printed = running.end()

    assert code == 130, printed
    assert "The study has 1 trial: 1 waiting." in printed


def test_after_the_kill_of_the_sweep_a_spread_trial_goes_on_from_remote_storage(
    cluster: TestCluster,
    run: Start,
    s3: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = new_store("s3", s3, tmp_path)
    reach(store, tmp_path / "scratch", monkeypatch)
    trial = Remote(f"{store.url}/linear/trial-0000")

    def saved() -> list[str]:
        return named_checkpoints(trial.read("model/checkpoint"))

    running = run(store.url, *FOUR, max_steps=600)
    assert holds(lambda: len(saved()) > 1)
    running.send(signal.SIGKILL)
    assert holds(lambda: not cluster.processes())
    code, printed = run(store.url, *FOUR, max_steps=600).end()

    assert code == 0, printed
    assert "The study has 1 trial: 1 complete." in printed
    told = json.loads(trial.read("result.json") or b"")
    assert (told["state"], told["attempt"]) == ("COMPLETE", 2)
    assert told["evaluations"][0]["step"] > 0
    there = trial.sizes("").keys()
    assert len(saved()) > 1
    assert {f"model/{name}.index" for name in saved()} <= there
    assert {f"{task}-0.log.txt" for task in ("chief", "worker", "ps", "evaluator")} <= there
