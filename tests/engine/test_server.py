"""Sweeps whose processes are killed from outside, as by the system's out-of-memory killer."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest

from sweep import events
from tests.processes import Program, is_alive, wait_until
from tests.standin import study_of

Start = Callable[..., Program]


def states(results: Path) -> list[str]:
    study = optuna.load_study(study_name="study", storage=f"sqlite:///{results}/studies.db")
    return [trial.state.name for trial in study.trials]


def test_no_trial_outlives_a_killed_sweep(program: Start) -> None:
    sweep = program(2, "ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    assert wait_until(lambda: len(sweep.processes()) == 6)  # one waits, one looks on
    sweep.send(signal.SIGKILL)
    assert sweep.has_ended_whole()


def test_nothing_that_a_trial_started_outlives_a_killed_sweep(program: Start) -> None:
    sweep = program(2, "grandchild ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    assert wait_until(lambda: len(sweep.processes()) == 8)
    sweep.send(signal.SIGKILL)
    assert sweep.has_ended_whole()


def test_no_trial_outlives_its_sweep_and_its_server_killed_at_once(program: Start) -> None:
    sweep = program(2, "ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send(signal.SIGSTOP)
    sweep.kill_server()
    sweep.send(signal.SIGKILL)
    assert sweep.has_ended_whole()


@pytest.mark.slow
def test_a_sweep_whose_server_was_killed_puts_its_trials_back(
    program: Start, results: Path
) -> None:
    sweep = program(3, "ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    server = sweep.kill_server()
    code, _, errors = sweep.end()
    assert code == 1
    assert errors == (
        f"The process that starts trials (process {server}) ended unexpectedly: run the same "
        "command again to continue.\n"
    )
    assert sweep.has_ended_whole()
    assert states(results) == ["WAITING", "WAITING"]

    assert program(3, "train").end()[0] == 0
    assert states(results) == ["COMPLETE"] * 3


def test_nothing_that_a_trial_started_outlives_a_killed_server(program: Start) -> None:
    sweep = program(2, "grandchild ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    assert wait_until(lambda: len(sweep.processes()) == 8)
    sweep.kill_server()
    assert sweep.has_ended_whole()


HOWS = ["setsid", "setpgid", "daemon", "fork"]


def left_behind(results: Path) -> list[int]:
    return [int(file.read_text()) for file in results.glob("study/trial-*/left")]


@pytest.mark.parametrize("how", HOWS)
def test_what_has_left_a_trials_group_ends_with_the_trial(
    sweep: Callable[..., Any], results: Path, how: str
) -> None:
    alive: list[bool] = []

    def look(event: events.Event) -> None:
        if isinstance(event, events.TrialEnded):
            alive.extend(map(is_alive, left_behind(results)))

    sweep(study_of(f"leave {how} fail"), n_trials=1, listener=look)
    sweep(study_of(f"leave {how}"), n_trials=2, listener=look)
    assert len(left_behind(results)) == 2
    assert not any(map(is_alive, left_behind(results)))


@pytest.mark.parametrize(
    ("how", "killed"),
    [
        ("setsid", {"sweep", "server"}),
        ("daemon", {"sweep"}),
        ("fork", {"server"}),
        *(
            pytest.param(how, killed, marks=pytest.mark.slow)
            for how in HOWS
            for killed in ({"sweep"}, {"server"}, {"sweep", "server"})
        ),
    ],
)
def test_nothing_that_has_left_a_trials_group_outlives_what_was_killed(
    program: Start, how: str, killed: set[str]
) -> None:
    sweep = program(2, f"leave {how} ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    assert wait_until(lambda: len(sweep.processes()) == 8)
    if killed == {"sweep", "server"}:
        sweep.send(signal.SIGSTOP)
    if "server" in killed:
        sweep.kill_server()
    if "sweep" in killed:
        sweep.send(signal.SIGKILL)
    assert sweep.has_ended_whole()


def silence(server: int) -> str:
    return (
        f"notice The process that starts trials (process {server}) has not answered for 5 s "
        f"(stopped: `kill -CONT {server}` continues it). Running trials continue, but none can end "
        "or start. Two interrupts end the sweep."
    )


@pytest.mark.slow
def test_a_server_that_is_stopped_is_told_of_and_two_signals_end_the_sweep(
    program: Start, results: Path
) -> None:
    sweep = program(3, "ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    server = sweep.kill_server(signal.SIGSTOP)
    sweep.read_until(silence(server))
    sweep.send(signal.SIGINT)
    sweep.read_until("notice Stopping")
    sweep.send(signal.SIGINT)
    assert sweep.end()[0] == 128 + signal.SIGINT
    assert sweep.has_ended_whole()
    assert states(results) == ["WAITING", "WAITING"]


@pytest.mark.slow
def test_a_sweep_goes_on_when_its_server_does(program: Start, results: Path) -> None:
    sweep = program(5, "pause")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    server = sweep.kill_server(signal.SIGSTOP)
    sweep.read_until(silence(server))
    sweep.kill_server(signal.SIGCONT)
    sweep.read_until(f"notice The process that starts trials (process {server}) answers again.")
    assert sweep.end()[0] == 0
    assert states(results) == ["COMPLETE"] * 5


@pytest.mark.slow
def test_time_in_which_the_sweep_is_stopped_is_not_the_trials(
    program: Start, results: Path
) -> None:
    sweep = program(2, "pause", stall="3")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send(signal.SIGSTOP)
    time.sleep(5)
    sweep.send(signal.SIGCONT)
    code, output, _ = sweep.end()
    assert code == 0
    assert "lost" not in output
    assert states(results) == ["COMPLETE"] * 2
