"""A trial that is a cluster, with stand-ins for Estimator's tasks: its messages, and who ends."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sweep.engine.local import LocalEngine
from sweep.folder.layout import TrialFolder
from sweep.study.cluster import Cluster
from sweep.study.spec import StudySpec
from sweep.trial.channel import Channel
from sweep.trial.cluster.channel import TaskChannel
from sweep.trial.execution import Folders
from sweep.trial.messages import (
    Answer,
    Ended,
    Evaluated,
    InputEnded,
    Order,
    Prepared,
    Progressed,
    Resources,
    Started,
    Stop,
    Upward,
)
from sweep.trial.outcome import AttemptState, Cause, Failure, Outcome
from tests.processes import is_alive, wait_until
from tests.standin import FOREVER, study_of

ALL = Cluster(worker=1, ps=1, evaluator=1)
END = 30
TASKS = ["chief", "worker", "ps", "evaluator"]


def a_task(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    """Does a task's part, or what the params say under its name."""
    task = order.task
    assert task is not None
    assert isinstance(channel, TaskChannel)
    (folder.folder / f"pid-{task.type}-{order.attempt}").write_text(str(os.getpid()))
    act, _, argument = str(order.params.get(task.type, "")).partition(" ")
    print(f"{task} begins")
    if task.is_chief:
        channel.send(Prepared())
        return _chief(act, argument, folder, channel)
    if act == "raise":
        return Outcome.failed(Cause.EXCEPTION, argument)
    if act == "die":
        time.sleep(0.2)
        os.kill(os.getpid(), signal.Signals[argument])
    if task.is_evaluator:
        return _evaluator(act, channel)
    if task.type == "ps":
        time.sleep(FOREVER)
    while act == "ignore" or not channel.poll():
        time.sleep(0.01)
    return Outcome(AttemptState.WAITING)


def _chief(act: str, argument: str, folder: TrialFolder, channel: TaskChannel) -> Outcome:
    channel.send(Started(END))
    channel.send(Progressed(10))
    if act == "raise":
        return Outcome.failed(Cause.EXCEPTION, argument)
    if act == "die":
        time.sleep(0.2)
        os.kill(os.getpid(), signal.Signals[argument])
    if act == "wait":
        (folder.folder / "waits").touch()
        assert isinstance(channel.recv(), Stop)
        return Outcome(AttemptState.WAITING, seconds={"train": 2.0})
    if act == "exhaust":
        channel.send(InputEnded(has_trained=True))
    return Outcome(AttemptState.COMPLETE, seconds={"build": 0.5, "train": 1.5})


def _evaluator(act: str, channel: TaskChannel) -> Outcome:
    evaluations: list[dict[str, Any]] = []
    over = None
    while over is None:
        over = channel.training_over(0.05)
        step = END if over is not None else 10 * (1 + len(evaluations) % 2)
        channel.send(Evaluated(step, {"score": step / END, "global_step": step}))
        evaluations.append({"step": step})
        answer = channel.recv()
        assert isinstance(answer, Answer)
        if answer.prune:
            return Outcome(AttemptState.PRUNED, {"score": 0.0})
    metrics = {"score": 1.0, "has_run_out": over.input_end is not None}
    return Outcome(AttemptState.COMPLETE, metrics, seconds={"evaluate": 0.25})


def tell_environment(
    spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel
) -> Outcome:
    assert order.task is not None
    known = {name: os.environ.get(name) for name in ("TF_CONFIG", "OMP_NUM_THREADS")}
    (folder.folder / f"{order.task.type}.json").write_text(json.dumps(known))
    return a_task(spec, order, folder, channel)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "results", tmp_path / "scratch")


@pytest.fixture
def engine(folders: Folders) -> Iterator[LocalEngine]:
    with LocalEngine(study_of(), folders, [Resources(threads=8)], runner=a_task) as engine:
        yield engine


def order(**acts: str) -> Order:
    return Order("study", 7, 1, acts, acts, seed=1, cluster=ALL)


def run(engine: LocalEngine, order: Order, *, prune: bool = False) -> tuple[list[Upward], Outcome]:
    """What the attempt says before its end, and its outcome."""
    engine.start(order)
    return heard_of(engine, prune=prune)


def heard_of(engine: LocalEngine, *, prune: bool = False) -> tuple[list[Upward], Outcome]:
    heard: list[Upward] = []

    def take(number: int, message: Upward) -> None:
        heard.append(message)
        if isinstance(message, Evaluated):
            engine.answer(number, Answer(prune))

    while not (heard and isinstance(heard[-1], Ended)):
        engine.listen(1.0, take)
    *said, last = heard
    assert isinstance(last, Ended)
    return said, last.outcome


def pids(folders: Folders, order: Order) -> dict[str, int]:
    files = folders.of(order).folder.glob(f"pid-*-{order.attempt}")
    written = {file.name.split("-")[1]: file.read_text() for file in files}
    return {task: int(pid) for task, pid in written.items() if pid}


def all_ended(folders: Folders, order: Order) -> bool:
    return wait_until(lambda: not any(map(is_alive, pids(folders, order).values())))


def test_the_chief_tells_of_the_training_and_the_evaluator_of_the_value(
    engine: LocalEngine, folders: Folders
) -> None:
    said, outcome = run(engine, order())

    assert said[0] == Started(END)
    assert Progressed(10) in said
    assert said[-1] == Evaluated(END, {"score": 1.0, "global_step": END})
    assert outcome == Outcome(
        AttemptState.COMPLETE,
        {"score": 1.0, "has_run_out": False},
        seconds={"build": 0.5, "train": 1.5, "evaluate": 0.25},
    )
    assert set(pids(folders, order())) == set(TASKS)
    assert all_ended(folders, order())


@pytest.mark.parametrize("task", TASKS)
def test_a_task_that_is_killed_ends_them_all_with_its_name_and_last_words(
    engine: LocalEngine, folders: Folders, task: str
) -> None:
    wanted = order(**{"chief": "wait", task: "die SIGKILL"})
    _, outcome = run(engine, wanted)

    words = f"SIGKILL ({task}; {task}-0.log.txt ends: {task} begins)"
    assert (outcome.state, outcome.failure) == (AttemptState.FAIL, Failure(Cause.SIGNAL, words))
    assert all_ended(folders, wanted)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_a_task_that_raises_ends_them_all_with_its_name(
    engine: LocalEngine, folders: Folders, task: str
) -> None:
    wanted = order(**{"chief": "wait", task: "raise ValueError: bad"})
    _, outcome = run(engine, wanted)

    detail = f"ValueError: bad ({task}, {task}-0.log.txt)"
    assert outcome.failure == Failure(Cause.EXCEPTION, detail)
    assert all_ended(folders, wanted)


def test_a_lost_task_is_the_cause_of_what_others_raise(engine: LocalEngine) -> None:
    acts = {"chief": "wait", "worker": "raise UnavailableError", "ps": "die SIGSEGV"}
    _, outcome = run(engine, order(**acts))

    assert outcome.failure is not None
    assert outcome.failure.detail.startswith("SIGSEGV (ps;")
    assert outcome.failure.most_retries == 1


@pytest.mark.slow
def test_what_a_worker_does_after_the_training_does_not_count(
    engine: LocalEngine, folders: Folders
) -> None:
    _, outcome = run(engine, order(worker="ignore"))

    assert outcome.state is AttemptState.COMPLETE
    assert all_ended(folders, order())


@pytest.mark.slow
def test_an_evaluator_is_told_that_the_data_has_ended(engine: LocalEngine) -> None:
    _, outcome = run(engine, order(chief="exhaust"))

    assert outcome.metrics["has_run_out"]


def test_a_pruned_trial_ends_with_its_chief(engine: LocalEngine, folders: Folders) -> None:
    _, outcome = run(engine, order(chief="wait"), prune=True)

    assert (outcome.state, outcome.seconds["train"]) == (AttemptState.PRUNED, 2.0)
    assert all_ended(folders, order())


def test_a_stopped_trial_evaluates_its_last_checkpoint_and_waits(
    engine: LocalEngine, folders: Folders
) -> None:
    wanted = order(chief="wait")
    engine.start(wanted)
    while not (folders.of(wanted).folder / "waits").exists():
        engine.listen(0.05, lambda number, said: engine.answer(number, Answer(prune=False)))
    engine.answer(7, Stop())
    said, outcome = heard_of(engine)

    assert said[-1] == Evaluated(END, {"score": 1.0, "global_step": END})
    assert (outcome.state, outcome.metrics["score"]) == (AttemptState.WAITING, 1.0)
    assert all_ended(folders, wanted)


@pytest.mark.parametrize("target", ["leader", "trial"])
def test_no_task_outlives_its_trial(engine: LocalEngine, folders: Folders, target: str) -> None:
    wanted = order(chief="wait")
    engine.start(wanted)
    while len(pids(folders, wanted)) < len(TASKS):
        engine.listen(0.05, lambda number, said: engine.answer(number, Answer(prune=False)))
    if target == "trial":
        engine.kill(7)
    else:
        chief = pids(folders, wanted)["chief"]
        leader = Path(f"/proc/{chief}/stat").read_text().rpartition(")")[2].split()[1]
        os.kill(int(leader), signal.SIGKILL)
    _, outcome = heard_of(engine)

    assert outcome.failure == Failure(Cause.SIGNAL, "SIGKILL")
    assert all_ended(folders, wanted)


@pytest.mark.slow
def test_tasks_start_again_where_a_port_was_taken(engine: LocalEngine, folders: Folders) -> None:
    _, outcome = run(engine, order(chief="wait", ps="raise Could not start gRPC server"))

    assert outcome.failure is not None
    log = folders.of(order()).log.read_text()
    assert log.count("ps is process") == 3
    assert log.count("Another process took a port") == 3


def test_each_task_has_its_tf_config_and_its_share_of_the_cores(folders: Folders) -> None:
    slots = [Resources(threads=8)]
    with LocalEngine(study_of(), folders, slots, runner=tell_environment) as engine:
        run(engine, order())

    folder = folders.of(order()).folder
    told = {task: json.loads((folder / f"{task}.json").read_text()) for task in TASKS}
    assert {known["OMP_NUM_THREADS"] for known in told.values()} == {"2"}
    configs = {task: json.loads(known["TF_CONFIG"]) for task, known in told.items()}
    tasks = {task: {"type": task, "index": 0, "trial": "7"} for task in TASKS}
    assert {task: config["task"] for task, config in configs.items()} == tasks
    clusters = [config["cluster"] for config in configs.values()]
    assert clusters == [clusters[0]] * 4
    addresses = [address for (address,) in clusters[0].values()]
    assert len(set(addresses)) == 3
    assert all(address.startswith("localhost:") for address in addresses)
