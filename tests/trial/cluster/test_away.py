"""A trial whose worker and parameter server run on other machines, with stand-ins for the tasks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from sweep.engine.local import LocalEngine
from sweep.study.cluster import Cluster, TaskId
from sweep.trial.cluster.task import Place
from sweep.trial.execution import Folders
from sweep.trial.messages import (
    Answer,
    Ended,
    Evaluated,
    FromTask,
    Order,
    Resources,
    Stop,
    Summon,
    ToTask,
    Upward,
)
from sweep.trial.outcome import AttemptState, Cause, Failure, Outcome
from tests.standin import study_of
from tests.trial.cluster.test_leader import TASKS, all_ended, tell_environment

HERE, THERE = Place("host1", "127.0.0.1"), Place("host2", "127.0.0.2")
PLACES = {("chief", 0): HERE, ("worker", 0): THERE, ("ps", 0): THERE, ("evaluator", 0): HERE}


class Nodes:
    """An engine for each node, and the messages between the leader and the tasks elsewhere."""

    def __init__(self, folders: Folders, stack: ExitStack) -> None:
        def engine() -> LocalEngine:
            return LocalEngine(study_of(), folders, [Resources(8)], runner=tell_environment)

        self._leader = engine()
        self._others: dict[TaskId, LocalEngine] = {("worker", 0): engine(), ("ps", 0): engine()}
        for each in (self._leader, *self._others.values()):
            stack.enter_context(each)
        self._running: set[TaskId] = set()
        self._outcome: Outcome | None = None
        self.said: list[Upward] = []

    def run(self, order: Order, *, stop_at_once: bool = False) -> Outcome:
        """Runs the attempt until nothing of it is left."""
        self._leader.start(order)
        if stop_at_once:
            self._leader.answer(order.number, Stop())
        while self._outcome is None or self._running:
            self._leader.listen(0.02, self._hear_leader)
            for task, engine in self._others.items():
                engine.listen(0, partial(self._hear_task, task))
        return self._outcome

    def _hear_leader(self, number: int, message: Upward) -> None:
        match message:
            case Summon(order) if order.task is not None:
                self._running.add(order.task.id)
                self._others[order.task.id].start(order)
            case ToTask(task, said):
                self._others[task].answer(number, said)
            case Ended(outcome):
                self._outcome = outcome
                for engine in self._others.values():
                    engine.kill(number)
            case _:
                self.said.append(message)
                if isinstance(message, Evaluated):
                    self._leader.answer(number, Answer(prune=False))

    def _hear_task(self, task: TaskId, number: int, message: Upward) -> None:
        if isinstance(message, Ended):
            self._running.discard(task)
        self._leader.answer(number, FromTask(task, message))


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "results", tmp_path / "scratch")


@pytest.fixture
def nodes(folders: Folders) -> Iterator[Nodes]:
    with ExitStack() as stack:
        yield Nodes(folders, stack)


def order(**acts: str) -> Order:
    cluster = Cluster(worker=1, ps=1, evaluator=1)
    return Order("study", 7, 1, acts, acts, seed=1, cluster=cluster, places=PLACES)


def test_tasks_on_several_machines_reach_each_other(nodes: Nodes, folders: Folders) -> None:
    assert nodes.run(order()).state is AttemptState.COMPLETE

    folder = folders.of(order()).folder
    told = {task: json.loads((folder / f"{task}.json").read_text()) for task in TASKS}
    configs = {task: json.loads(known["TF_CONFIG"]) for task, known in told.items()}
    assert {task: config["task"]["type"] for task, config in configs.items()} == {
        task: task for task in TASKS
    }
    clusters = [config["cluster"] for config in configs.values()]
    assert clusters == [clusters[0]] * 4
    hosts = {task: address.partition(":")[0] for task, (address,) in clusters[0].items()}
    assert hosts == {"chief": "127.0.0.1", "worker": "127.0.0.2", "ps": "127.0.0.2"}
    threads = {task: known["OMP_NUM_THREADS"] for task, known in told.items()}
    assert threads == {"chief": "4", "evaluator": "4", "worker": "8", "ps": "8"}
    assert "worker on host2 prints to worker-0.log.txt" in folders.of(order()).log.read_text()
    assert all_ended(folders, order())


@pytest.mark.parametrize(
    ("act", "failure"),
    [
        (
            "die SIGKILL",
            Failure(
                Cause.SIGNAL,
                "SIGKILL (worker on host2; worker-0.log.txt ends: worker on host2 begins)",
            ),
        ),
        (
            "raise ValueError: bad",
            Failure(Cause.EXCEPTION, "ValueError: bad (worker on host2, worker-0.log.txt)"),
        ),
    ],
)
def test_a_task_that_fails_elsewhere_ends_them_all_with_its_name_and_host(
    nodes: Nodes, folders: Folders, act: str, failure: Failure
) -> None:
    wanted = order(chief="wait", worker=act)
    assert nodes.run(wanted).failure == failure
    assert all_ended(folders, wanted)


def test_a_trial_that_is_stopped_before_its_tasks_are_reachable_waits(
    nodes: Nodes, folders: Folders
) -> None:
    assert nodes.run(order(), stop_at_once=True).state is AttemptState.WAITING
    assert not (folders.of(order()).folder / "chief.json").exists()
