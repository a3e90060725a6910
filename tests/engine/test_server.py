"""Sweeps whose processes are killed from outside, as the system's out-of-memory killer does."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import optuna

from tests.processes import Program, wait_until

Start = Callable[[int, str], Program]


def states(results: Path) -> list[str]:
    study = optuna.load_study(study_name="study", storage=f"sqlite:///{results}/studies.db")
    return [trial.state.name for trial in study.trials]


def test_no_trial_outlives_a_killed_sweep(program: Start) -> None:
    sweep = program(2, "ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    assert wait_until(lambda: len(sweep.processes()) == 5)  # one waits for the next order
    sweep.send(signal.SIGKILL)
    assert sweep.has_ended_whole()


def test_nothing_that_a_trial_started_outlives_a_killed_sweep(program: Start) -> None:
    sweep = program(2, "grandchild ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    assert wait_until(lambda: len(sweep.processes()) == 7)
    sweep.send(signal.SIGKILL)
    assert sweep.has_ended_whole()


def test_no_trial_outlives_its_sweep_and_its_server_killed_at_once(program: Start) -> None:
    sweep = program(2, "ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send(signal.SIGSTOP)
    sweep.kill_server()
    sweep.send(signal.SIGKILL)
    assert sweep.has_ended_whole()


def test_a_sweep_whose_server_was_killed_puts_its_trials_back(
    program: Start, results: Path
) -> None:
    sweep = program(3, "ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    server = sweep.kill_server()
    code, _, errors = sweep.end()
    assert code == 1
    assert errors == (
        f"The process that starts trials (process {server}) has ended unexpectedly; run the same "
        "command again to go on.\n"
    )
    assert sweep.has_ended_whole()
    assert states(results) == ["WAITING", "WAITING"]

    assert program(3, "train").end()[0] == 0
    assert states(results) == ["COMPLETE"] * 3


def test_nothing_that_a_trial_started_outlives_a_killed_server(program: Start) -> None:
    sweep = program(2, "grandchild ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    assert wait_until(lambda: len(sweep.processes()) == 7)
    sweep.kill_server()
    assert sweep.has_ended_whole()
