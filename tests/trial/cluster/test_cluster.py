"""Trials that are clusters of real Estimators."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from sweep.study.cluster import Cluster
from sweep.trial.cluster.ports import addresses_held
from sweep.trial.cluster.task import Task, tf_config
from tests.processes import is_alive, wait_until
from tests.running import ROOT, SWEEP

pytestmark = [pytest.mark.tensorflow]

MODULE = "tests.trial.cluster.linear"
STUDY = "tests/trial/cluster/linear.py"
SECONDS = 150


class Running:
    """`sweep run` of the study, in a process of its own."""

    def __init__(
        self, results: Path | str, *options: str, study: str = STUDY, **variables: str
    ) -> None:
        self._process = subprocess.Popen(
            [*SWEEP, "run", "--results", str(results), study, *options],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def read_until(self, notice: str) -> None:
        """Reads what it says until a line contains the notice."""
        assert self._process.stderr is not None
        assert any(notice in line for line in self._process.stderr), "it has ended"

    def end(self) -> tuple[int, str]:
        """Its exit code and the rest of what it printed."""
        output, errors = self._process.communicate(timeout=SECONDS)
        return self._process.returncode, output + errors

    def send(self, signal_number: int) -> None:
        self._process.send_signal(signal_number)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def is_running(self) -> bool:
        return self._process.poll() is None


@pytest.mark.slow
def test_a_study_of_clusters_is_checked_by_training_some(results: Path) -> None:
    cluster = "chief=1,worker=1,ps=1,evaluator=1"
    command = [*SWEEP, "check", STUDY, "--cluster", cluster, "--json", "--results", str(results)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    checked = json.loads(ended.stdout)
    assert f"Each trial is a cluster of 4 processes: {cluster}." in checked["notices"]
    assert checked["agreement"] is None
    assert checked["trials"][0]["n_steps"] >= 100
    assert not results.exists()


@pytest.fixture
def run(results: Path, request: pytest.FixtureRequest) -> Callable[..., Running]:
    def start(*options: str, **variables: str) -> Running:
        running = Running(results, *options, **variables)
        request.addfinalizer(running.close)
        return running

    return start


def result(results: Path, number: int = 0, study: str = "linear") -> dict[str, Any]:
    file = results / study / f"trial-{number:04d}" / "result.json"
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def started(results: Path) -> dict[str, list[int]]:
    """The process ids of every task that was started, by task."""
    found: dict[str, list[int]] = {}
    for log in results.glob("*/trial-*/log.txt"):
        for line in log.read_text().splitlines():
            task, is_it, rest = line.partition(" is process ")
            if is_it:
                found.setdefault(task, []).append(int(rest.split()[0]))
    return found


def all_ended(results: Path) -> bool:
    pids = [pid for each in started(results).values() for pid in each]
    return wait_until(lambda: not any(map(is_alive, pids)))


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def by_hand(cluster: Cluster, *flags: str) -> list[dict[str, Any]]:
    """Runs the tasks of a cluster by TF_CONFIG alone; the evaluations that there were."""
    command = [sys.executable, "-m", MODULE, *flags]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}
    tasks: dict[str, subprocess.Popen[str]] = {}
    with addresses_held(cluster.counts) as addresses:
        for kind, count in cluster.counts.items():
            for index in range(count):
                config = json.dumps(tf_config(0, Task(cluster, kind, index, addresses)))
                tasks[f"{kind} {index}"] = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env={**environment, "TF_CONFIG": config},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
        try:
            printed, _ = tasks["evaluator 0"].communicate(timeout=SECONDS)
        finally:
            for process in tasks.values():
                process.kill()
                process.communicate()
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


@pytest.mark.slow
def test_a_trial_is_a_cluster_of_four_processes(run: Callable[..., Running], results: Path) -> None:
    code, printed = run("--trials", "1", "--cluster", "worker=1,ps=1,evaluator=1").end()

    assert code == 0, printed
    assert "Each trial is a cluster of 4 processes: chief=1,worker=1,ps=1,evaluator=1." in printed
    told = result(results)
    assert told["state"] == "COMPLETE"
    assert told["metrics"]["global_step"] >= 100  # the workers step without waiting for each other
    assert told["evaluations"][-1]["step"] == told["metrics"]["global_step"]
    assert set(started(results)) == {"chief", "worker", "ps", "evaluator"}
    assert all_ended(results)


@pytest.mark.slow
def test_it_measures_what_the_same_processes_measure_by_hand(
    run: Callable[..., Running], results: Path, tmp_path: Path
) -> None:
    code, printed = run("--trials", "1", "--jobs", "1", "--cluster", "ps=2,evaluator=1").end()
    assert code == 0, printed
    params = json.loads((results / "linear/trial-0000/params.json").read_text())
    flags = f"--seed={params['seed']}", f"--rate={params['params']['rate']!r}"
    evaluations = by_hand(Cluster(ps=2, evaluator=1), f"--model-dir={tmp_path / 'hand'}", *flags)

    told = result(results)
    assert told["metrics"] == evaluations[-1]
    curve = {each["step"]: each["loss"] for each in told["evaluations"]}
    both = [each for each in evaluations if each["global_step"] in curve]
    assert [each["loss"] for each in both] == [curve[each["global_step"]] for each in both]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cluster", "variables"),
    [
        ("worker=1,ps=1", {}),
        ("worker=1,ps=1,evaluator=1", {"STRATEGY": "servers"}),
        ("evaluator=1", {"STRATEGY": "mirrored"}),
        ("chief=1", {}),
    ],
)
def test_clusters_that_train(
    run: Callable[..., Running], results: Path, cluster: str, variables: dict[str, str]
) -> None:
    code, printed = run("--trials", "1", "--cluster", cluster, **variables).end()

    assert code == 0, printed
    told = result(results)
    assert told["state"] == "COMPLETE"
    assert told["evaluations"][-1]["step"] == told["metrics"]["global_step"] >= 100
    assert all_ended(results)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "variables", "why"),
    [
        (["--cluster", "worker=1"], {}, "share no variables with the chief: add ps=1."),
        (["--cluster", "worker=1,ps=1"], {"STRATEGY": "servers"}, "must have ps=1 and evaluator=1"),
        (["--cluster", "worker=1,evaluator=1"], {"STRATEGY": "workers"}, "no task to evaluate"),
        (["--cluster", "ps=1,evaluator=1"], {"STRATEGY": "mirrored"}, "within one process"),
        (["--cluster", "ps=1,evaluator=1", "--inline"], {}, "leave the cluster or --inline out."),
    ],
)
def test_a_cluster_that_cannot_train_is_refused_before_the_sweep(
    run: Callable[..., Running],
    results: Path,
    options: Sequence[str],
    variables: dict[str, str],
    why: str,
) -> None:
    code, printed = run("--trials", "1", *options, **variables).end()

    assert (code, why in printed) == (2, True), printed
    assert not (results / "linear").exists()


@pytest.mark.slow
def test_a_program_runs_in_each_task(run: Callable[..., Running], results: Path) -> None:
    options = ("--vary", "rate=0.01..0.1", "--metric", "loss", "--trials", "1")
    flags = ("--model-dir={model_dir}", "--seed={seed}")
    code, printed = run(*options, "--cluster", "worker=1,ps=1,evaluator=1", "--", *flags).end()

    assert code == 0, printed
    told = result(results)
    assert (told["state"], set(told["metrics"])) == ("COMPLETE", {"loss", "global_step"})
    assert set(started(results)) == {"chief", "worker", "ps", "evaluator"}
    assert all_ended(results)


@pytest.mark.slow
def test_rungs_of_clusters(run: Callable[..., Running], results: Path) -> None:
    options = ("--trials", "3", "--rungs", "2", "--reduction-factor", "2")
    code, printed = run(*options, "--cluster", "worker=1,ps=1,evaluator=1").end()

    assert code == 0, printed
    assert "3 configurations in " in printed
    numbers = range(len([*results.glob("linear/trial-*")]))
    states = [result(results, number)["state"] for number in numbers]
    # The workers step as they come, so that a later configuration may be the better one.
    assert states.count("PAUSED") == 3
    assert states.count("COMPLETE") == len(states) - 3 > 0
    assert all_ended(results)


@pytest.mark.slow
def test_an_interrupted_cluster_goes_on_from_its_checkpoint(
    run: Callable[..., Running], results: Path
) -> None:
    options = ("--trials", "1", "--cluster", "worker=1,ps=1,evaluator=1")
    running = run(*options, MAX_STEPS="4000")
    checkpoints = results / "linear/trial-0000/model"
    wait_for(lambda: len([*checkpoints.glob("model.ckpt-*.index")]) > 2)
    running.send(signal.SIGINT)
    code, printed = running.end()

    assert code == 130, printed
    told = result(results)
    assert told["state"] == "WAITING"
    assert told["evaluations"][-1]["step"] == told["metrics"]["global_step"] < 4000
    assert all_ended(results)
    code, printed = run(*options, MAX_STEPS="4000").end()
    assert code == 0, printed
    again = result(results)
    assert (again["state"], again["attempt"]) == ("COMPLETE", 2)
    assert again["evaluations"][0]["step"] >= told["metrics"]["global_step"]
    assert all_ended(results)


@pytest.mark.slow
@pytest.mark.parametrize("task", ["chief", "worker", "ps", "evaluator"])
def test_kills_of_a_task_at_random_moments_are_survived(
    run: Callable[..., Running], results: Path, task: str
) -> None:
    options = ("--trials", "2", "--jobs", "1", "--retries", "9")
    running = run(*options, "--cluster", "worker=1,ps=1,evaluator=1", MAX_STEPS="1500")
    killed = list[int]()
    chance = random.Random(task)
    while running.is_running() and len(killed) < 3:
        alive = [pid for pid in started(results).get(task, []) if is_alive(pid)]
        if alive and alive[-1] not in killed:
            time.sleep(chance.uniform(0, 4))
            if is_alive(alive[-1]):
                os.kill(alive[-1], signal.SIGKILL)
                killed.append(alive[-1])
        time.sleep(0.05)
    code, printed = running.end()

    assert code == 0, printed
    assert [result(results, number)["state"] for number in range(2)] == ["COMPLETE"] * 2
    assert all_ended(results)


@pytest.mark.slow
def test_a_killed_sweep_leaves_no_task(run: Callable[..., Running], results: Path) -> None:
    running = run("--trials", "1", "--cluster", "worker=1,ps=1,evaluator=1", MAX_STEPS="100000")
    wait_for(lambda: len(started(results)) == 4)
    running.send(signal.SIGKILL)

    assert all_ended(results)
