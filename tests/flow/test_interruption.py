"""Sweeps that are told to end: real programs, real signals."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest

from tests.processes import Program

Start = Callable[..., Program]
BACKGROUND = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]
"""Starts a command as a shell without job control does in the background: SIGINT is ignored."""


def load(results: Path) -> optuna.Study:
    return optuna.load_study(study_name="study", storage=f"sqlite:///{results}/studies.db")


def states(results: Path) -> list[str]:
    return [trial.state.name for trial in load(results).trials]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_a_sweep_in_order(
    program: Start, results: Path, number: signal.Signals
) -> None:
    sweep = program(3, "wait")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send(number)
    code, output, errors = sweep.end()
    assert code == 128 + number
    assert errors == (
        f"Interrupted by {number.name}. Nothing that a checkpoint holds is lost: the same command "
        "goes on from here.\n"
    )
    notice, *ends = output.splitlines()
    assert notice == (
        "notice Stopping: 2 running trial(s) save a checkpoint and end. Interrupt again to end "
        "them at once."
    )
    assert sorted(ends) == ["ended 0 WAITING", "ended 1 WAITING"]
    assert sweep.has_ended_whole()
    assert states(results) == ["WAITING", "WAITING"]


def test_the_next_run_goes_on_with_the_interrupted_trials(program: Start, results: Path) -> None:
    sweep = program(3, "wait")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send(signal.SIGINT)
    sweep.end()
    sampled = [trial.params for trial in load(results).trials]

    assert program(3, "train").end()[0] == 0
    trials = load(results).trials
    assert [trial.params for trial in trials][:2] == sampled
    assert states(results) == ["COMPLETE"] * 3
    assert [trial.user_attrs["attempts"] for trial in trials] == [2, 2, 1]
    assert (results / "study/trial-0000/log.txt").read_text() == (
        "attempt 1 trains from step 0\nattempt 2 trains from step 10\n"
    )
    assert list(trials[0].intermediate_values) == [10, 20, 30]


def test_a_second_signal_kills_trials_that_obey_no_stop(program: Start, results: Path) -> None:
    sweep = program(3, "ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send(signal.SIGINT)
    sweep.read_until(
        "notice Stopping: 2 running trial(s) save a checkpoint and end. Interrupt again to end "
        "them at once."
    )
    sweep.send(signal.SIGINT)
    code, output, _ = sweep.end()
    assert code == 130
    assert sorted(output.splitlines()) == ["ended 0 WAITING", "ended 1 WAITING"]
    assert sweep.has_ended_whole()
    assert states(results) == ["WAITING", "WAITING"]

    assert program(3, "train").end()[0] == 0
    assert states(results) == ["COMPLETE"] * 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_from_the_terminal_leaves_the_trials_to_the_sweep(
    program: Start, results: Path, number: signal.Signals
) -> None:
    sweep = program(2, "wait")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send_as_a_terminal(number)
    assert sweep.end()[0] == 128 + number
    assert states(results) == ["WAITING", "WAITING"]


def test_a_sweep_begun_in_the_background_hears_sigint(program: Start, results: Path) -> None:
    sweep = program(2, "wait", starter=BACKGROUND)
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send(signal.SIGINT)
    assert sweep.end()[0] == 130
    assert states(results) == ["WAITING", "WAITING"]


def test_a_sweep_begun_with_nohup_outlives_its_terminal(program: Start, results: Path) -> None:
    sweep = program(2, "pause", starter=["nohup"])
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send_as_a_terminal(signal.SIGHUP)
    assert sweep.end()[0] == 0
    assert states(results) == ["COMPLETE", "COMPLETE"]


def test_a_sweep_ends_a_trials_own_processes_with_it(program: Start, results: Path) -> None:
    sweep = program(2, "grandchild")
    assert sweep.end()[0] == 0
    assert sweep.has_ended_whole()
    assert states(results) == ["COMPLETE"] * 2
