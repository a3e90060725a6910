"""Attempts as real processes: what they get, how they end, and that they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from sweep.engine.local import LocalEngine
from sweep.errors import EngineError
from sweep.folder.layout import TrialFolder
from sweep.study.spec import StudySpec
from sweep.trial.channel import Channel, OfOneProcess
from sweep.trial.execution import Folders, Runner
from sweep.trial.messages import (
    Answer,
    Ended,
    Evaluated,
    Order,
    Progressed,
    Resources,
    Started,
    Stop,
    Upward,
)
from sweep.trial.outcome import AttemptState, Cause, Failure, Outcome
from tests.disk import SmallDisk
from tests.processes import is_alive, wait_until
from tests.standin import FOREVER, stand_in, study_of

ONE_SLOT = [Resources(threads=1)]
FOLDERS = Folders(Path("results"), Path("scratch"))
VARIABLES = (
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "OMP_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "TF_FORCE_GPU_ALLOW_GROWTH",
)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def order(number: int = 0, act: str = "train") -> Order:
    return Order("study", number, 1, {"x": 0.5, "act": act}, {"x": 0.5}, seed=number)


def folder_of(order: Order) -> Path:
    return FOLDERS.of(order).folder


def engine_for(runner: Runner = stand_in, slots: list[Resources] = ONE_SLOT) -> LocalEngine:
    return LocalEngine(study_of(), FOLDERS, slots, runner=runner)


def listen(engine: LocalEngine, timeout: float = 1.0) -> list[tuple[int, Upward]]:
    """What the engine hands on; evaluations are answered."""
    heard: list[tuple[int, Upward]] = []

    def take(number: int, message: Upward) -> None:
        heard.append((number, message))
        if isinstance(message, Evaluated):
            engine.answer(number, Answer(prune=False))

    engine.listen(timeout, take)
    return heard


def outcomes(engine: LocalEngine, n: int = 1) -> dict[int, Outcome]:
    """The outcomes of the next `n` attempts that end, by trial."""
    ended: dict[int, Outcome] = {}
    while len(ended) < n:
        for number, message in listen(engine):
            if isinstance(message, Ended):
                ended[number] = message.outcome
    return ended


def outcome(engine: LocalEngine, order: Order) -> Outcome:
    engine.start(order)
    return outcomes(engine)[order.number]


def next_message(engine: LocalEngine) -> Upward:
    """The first that comes; the tests that use it await no other with it."""
    while not (heard := listen(engine)):
        pass
    (message,) = [message for _, message in heard]
    return message


# Runners: what a trial's process does.


def tell_environment(
    spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel
) -> Outcome:
    return Outcome(AttemptState.COMPLETE, {name: os.environ.get(name) for name in VARIABLES})


def tell_threads(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    started = len(list(Path("/proc/self/task").iterdir()))
    limits = {library["num_threads"] for library in threadpool_info()}
    return Outcome(AttemptState.COMPLETE, {"started": started, "limits": limits})


def tell_process(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    default = handlers == [signal.SIG_DFL] * 2
    ids = {"pid": os.getpid(), "session": os.getsid(0), "default_signals": default}
    return Outcome(AttemptState.COMPLETE, ids)


def run_for_ever(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    child = subprocess.Popen(["sleep", str(FOREVER)])
    (folder.folder / "pids").write_text(f"{os.getpid()} {child.pid}")
    channel.send(Started(None))
    time.sleep(FOREVER)
    raise AssertionError("nobody has ended this trial")


def die_in_mid_message(
    spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel
) -> Outcome:
    pipe = cast(Connection, cast(OfOneProcess, channel)._channel)
    os.write(pipe.fileno(), (1000).to_bytes(4, "big") + b"the first of 1000 bytes")
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("not dead")


def die_by_a_real_time_signal(
    spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel
) -> Outcome:
    os.kill(os.getpid(), signal.SIGRTMIN + 1)
    raise AssertionError("not dead")


def hang(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    channel.send(Started(None))
    time.sleep(FOREVER)
    raise AssertionError("nobody has ended this trial")


def talk(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    (folder.folder / "pids").write_text(str(os.getpid()))
    for step in range(100):
        channel.send(Progressed(step))
    return Outcome(AttemptState.COMPLETE)


def print_to_a_full_disk(
    spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel
) -> Outcome:
    SmallDisk(folder.folder.parents[1]).fill()
    print("x" * 100_000)
    print("y" * 100_000, file=sys.stderr, flush=True)
    return Outcome(AttemptState.COMPLETE, {"score": 0.5})


def exit_after_a_wait_for_stop(
    spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel
) -> Outcome:
    channel.send(Started(None))
    stopped = isinstance(channel.recv(), Stop)
    return Outcome(AttemptState.WAITING if stopped else AttemptState.FAIL)


# What an attempt says and is told.


def test_messages_come_in_the_order_in_which_they_were_sent() -> None:
    heard: list[Upward] = []

    def take(number: int, message: Upward) -> None:
        heard.append(message)
        if isinstance(message, Evaluated):
            engine.answer(number, Answer(prune=message.step == 20))

    with engine_for() as engine:
        engine.start(order())
        while not (heard and isinstance(heard[-1], Ended)):
            engine.listen(1.0, take)
    metrics = [
        {"score": 1 / 3, "cost": 0.5, "global_step": 10},
        {"score": 2 / 3, "cost": 0.5, "global_step": 20},
    ]
    told = [{"step": 10, **metrics[0]}, {"step": 20, **metrics[1]}]
    assert heard == [
        Started(30),
        Progressed(10),
        Evaluated(10, metrics[0]),
        Progressed(20),
        Evaluated(20, metrics[1]),
        Ended(Outcome(AttemptState.PRUNED, metrics[1], evaluations=told)),
    ]


def test_all_that_a_trial_said_is_heard_after_its_end() -> None:
    asked = order()
    heard: list[Upward] = []
    with engine_for(talk) as engine:
        engine.start(asked)
        heard.append(next_message(engine))
        trial = int((folder_of(asked) / "pids").read_text())
        assert wait_until(lambda: not is_alive(trial))
        while not isinstance(heard[-1], Ended):
            heard += [message for _, message in listen(engine)]
    assert heard == [*map(Progressed, range(100)), Ended(Outcome(AttemptState.COMPLETE))]


def test_stop_reaches_the_trial_that_it_is_for() -> None:
    with engine_for(exit_after_a_wait_for_stop, ONE_SLOT * 2) as engine:
        engine.start(order(0))
        engine.start(order(1))
        engine.answer(1, Stop())
        assert outcomes(engine) == {1: Outcome(AttemptState.WAITING)}
        engine.answer(0, Stop())
        assert outcomes(engine) == {0: Outcome(AttemptState.WAITING)}


def test_an_answer_to_a_trial_that_is_gone_is_no_error() -> None:
    with engine_for() as engine:
        engine.start(order(act="die SIGKILL"))
        assert outcomes(engine)[0].failure == Failure(Cause.SIGNAL, "SIGKILL")
        engine.answer(0, Stop())


def linger(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    """Says that the trial is complete, and does not end."""
    channel.send(Ended(Outcome(AttemptState.COMPLETE)))
    time.sleep(FOREVER)
    raise AssertionError("nobody ended it")


def test_nobody_waits_for_the_process_of_a_complete_trial() -> None:
    with engine_for(linger) as engine:
        assert outcome(engine, order(0)).state is AttemptState.COMPLETE
        assert engine.has_free_slot
        assert outcome(engine, order(1)).state is AttemptState.COMPLETE


def test_a_slot_is_free_again_when_its_trial_has_ended() -> None:
    with engine_for(slots=ONE_SLOT * 2) as engine:
        assert engine.has_free_slot
        engine.start(order(0))
        assert engine.has_free_slot
        engine.start(order(1))
        assert not engine.has_free_slot
        outcomes(engine)
        assert engine.has_free_slot


def test_nothing_is_heard_where_nothing_runs() -> None:
    with engine_for() as engine:
        assert listen(engine, 0.0) == []


# What a trial's process is given.


def test_a_trial_keeps_to_the_threads_and_the_gpu_of_its_slot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with engine_for(tell_environment, [Resources(threads=3, gpu="GPU-8a3f")]) as engine:
        seen = outcome(engine, order()).metrics
    assert seen == dict(zip(VARIABLES, ("3", "3", "3", "GPU-8a3f", "true"), strict=True))


def test_blas_keeps_to_the_threads_of_the_slot_and_starts_none_before_they_have_work() -> None:
    np.linalg.inv(np.eye(512))  # starts them in this process
    with engine_for(tell_threads, [Resources(threads=3)]) as engine:
        seen = outcome(engine, order()).metrics
    assert seen == {"started": 1, "limits": {3}}


def test_blas_keeps_to_the_threads_of_a_slot_that_differs_from_the_first() -> None:
    with engine_for(tell_threads, [Resources(threads=3), Resources(threads=2)]) as engine:
        engine.start(order(0))
        engine.start(order(1))
        ended = outcomes(engine, 2)
    assert [ended[number].metrics["limits"] for number in (0, 1)] == [{3}, {2}]


def test_without_a_gpu_the_environment_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH", raising=False)
    with engine_for(tell_environment) as engine:
        seen = outcome(engine, order()).metrics
    assert (seen["CUDA_VISIBLE_DEVICES"], seen["TF_FORCE_GPU_ALLOW_GROWTH"]) == ("-1", None)


def test_trials_in_different_slots_have_different_gpus() -> None:
    with engine_for(tell_environment, [Resources(1, "0"), Resources(1, "1")]) as engine:
        engine.start(order(0))
        engine.start(order(1))
        ended = outcomes(engine, 2)
    assert {o.metrics["CUDA_VISIBLE_DEVICES"] for o in ended.values()} == {"0", "1"}


def test_every_trial_is_a_process_and_a_session_of_its_own() -> None:
    with engine_for(tell_process) as engine:
        one, other = (outcome(engine, order(number)).metrics for number in (0, 1))
    assert one["pid"] == one["session"] != other["pid"] == other["session"]
    assert one["default_signals"]


# The process that waits for the next order.


def children_of(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def waiting_process(engine: LocalEngine, order: Order) -> int:
    """The process that waits for the next order when this one's has ended."""
    ended = outcome(engine, order).metrics["pid"]
    server = children_of(os.getpid())[-1]
    assert wait_until(lambda: len(children_of(server)) == 2 and ended not in children_of(server))
    _keeper, waiting = sorted(children_of(server))
    return waiting


def test_the_process_of_the_next_trial_is_there_already() -> None:
    with engine_for(tell_process) as engine:
        waiting = waiting_process(engine, order(0))
        assert outcome(engine, order(1)).metrics["pid"] == waiting


def test_a_waiting_process_that_was_killed_is_replaced() -> None:
    with engine_for(tell_process) as engine:
        waiting = waiting_process(engine, order(0))
        os.kill(waiting, signal.SIGKILL)
        assert wait_until(lambda: not Path(f"/proc/{waiting}").exists())
        said = [message for _ in range(5) for message in listen(engine, 0.2)]
        assert said == []
        assert outcome(engine, order(1)).metrics["pid"] != waiting


def test_an_order_to_a_process_that_has_just_died_fails_as_lost() -> None:
    with engine_for(tell_process) as engine:
        waiting = waiting_process(engine, order(0))
        os.kill(waiting, signal.SIGKILL)
        assert wait_until(lambda: not is_alive(waiting))
        assert outcome(engine, order(1)).failure == Failure(Cause.SIGNAL, "SIGKILL")


def test_leaving_the_engine_ends_the_waiting_process(capfd: pytest.CaptureFixture[str]) -> None:
    with engine_for(tell_process) as engine:
        waiting = waiting_process(engine, order())
    assert wait_until(lambda: not is_alive(waiting))
    assert capfd.readouterr().err == ""


# How a trial's process ends.


@pytest.mark.parametrize(
    ("act", "failure"),
    [
        ("die SIGKILL", "signal: SIGKILL"),
        ("die SIGTERM", "signal: SIGTERM"),
        ("exit 3", "exit: the process ended with code 3"),
        ("exit 0", "exit: the process ended with code 0"),
        ("raise", "exit: the process ended with code 1"),
    ],
)
def test_a_process_that_ends_without_an_outcome_fails_with_what_ended_it(
    act: str, failure: str
) -> None:
    with engine_for() as engine:
        assert str(outcome(engine, order(act=act)).failure) == failure


def test_a_trial_killed_from_outside_fails_with_its_signal() -> None:
    with engine_for(run_for_ever) as engine:
        asked = order()
        engine.start(asked)
        assert next_message(engine) == Started(None)
        trial, grandchild = map(int, (folder_of(asked) / "pids").read_text().split())
        os.kill(trial, signal.SIGKILL)
        assert outcomes(engine)[0].failure == Failure(Cause.SIGNAL, "SIGKILL")
        assert wait_until(lambda: not is_alive(grandchild))


def test_a_trial_killed_in_the_middle_of_a_message_fails_alone() -> None:
    with engine_for(die_in_mid_message) as engine:
        assert outcome(engine, order()).failure == Failure(Cause.SIGNAL, "SIGKILL")


def test_a_trial_killed_by_a_real_time_signal_fails_alone() -> None:
    with engine_for(die_by_a_real_time_signal) as engine:
        number = signal.SIGRTMIN + 1
        assert outcome(engine, order()).failure == Failure(Cause.SIGNAL, str(number))


def test_what_a_trial_started_ends_with_it() -> None:
    with engine_for() as engine:
        asked = order(act="grandchild")
        assert outcome(engine, asked).state is AttemptState.COMPLETE
        grandchild = int((folder_of(asked) / "grandchild").read_text())
        assert wait_until(lambda: not is_alive(grandchild))


def test_a_full_disk_costs_a_trial_its_log_and_result_file_but_not_its_outcome(
    small_disk: SmallDisk,
) -> None:
    folders = Folders(small_disk.folder, small_disk.folder)
    with LocalEngine(study_of(), folders, ONE_SLOT, runner=print_to_a_full_disk) as engine:
        ended = outcome(engine, order())
    assert ended == Outcome(AttemptState.COMPLETE, {"score": 0.5})
    assert not folders.of(order()).result.exists()


def test_kill_ends_every_trial_and_all_that_it_started() -> None:
    with engine_for(run_for_ever, ONE_SLOT * 2) as engine:
        orders = [order(0), order(1)]
        for asked in orders:
            engine.start(asked)
            assert next_message(engine) == Started(None)
        for asked in orders:
            engine.kill(asked.number)
        ended = outcomes(engine, 2)
        assert {str(o.failure) for o in ended.values()} == {"signal: SIGKILL"}
        pids = [int(p) for o in orders for p in (folder_of(o) / "pids").read_text().split()]
        assert len(pids) == 4
        assert wait_until(lambda: not any(map(is_alive, pids)))


def test_leaving_the_engine_ends_all_that_runs() -> None:
    asked = order()
    with engine_for(run_for_ever) as engine:
        engine.start(asked)
        assert next_message(engine) == Started(None)
    pids = [int(pid) for pid in (folder_of(asked) / "pids").read_text().split()]
    assert wait_until(lambda: not any(map(is_alive, pids)))


def test_leaving_the_engine_by_an_error_ends_all_that_runs() -> None:
    asked = order()
    with suppress(KeyError), engine_for(run_for_ever) as engine:
        engine.start(asked)
        assert next_message(engine) == Started(None)
        raise KeyError
    pids = [int(pid) for pid in (folder_of(asked) / "pids").read_text().split()]
    assert wait_until(lambda: not any(map(is_alive, pids)))


# How the server ends.


def kill_server() -> int:
    """Kills the process that starts trials, which is this process's youngest child."""
    server = children_of(os.getpid())[-1]
    os.kill(server, signal.SIGKILL)
    assert wait_until(lambda: not is_alive(server))
    return server


def test_an_engine_whose_server_was_killed_says_so() -> None:
    with engine_for(hang) as engine:
        engine.start(order())
        assert next_message(engine) == Started(None)
        server = kill_server()
        with pytest.raises(EngineError) as raised:
            outcomes(engine)
    assert str(raised.value) == (
        f"The process that starts trials (process {server}) ended unexpectedly: run the same "
        "command again to continue."
    )


def test_a_start_after_the_server_was_killed_says_so() -> None:
    with engine_for() as engine:
        server = kill_server()
        with pytest.raises(EngineError) as raised:
            engine.start(order())
    assert str(raised.value) == (
        f"The process that starts trials (process {server}) ended unexpectedly: run the same "
        "command again to continue."
    )
