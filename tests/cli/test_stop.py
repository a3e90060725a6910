"""Ending a running sweep, or one of its trials, from outside."""

from __future__ import annotations

import fcntl
import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from sweep.storage.holder import Holder
from tests.processes import Program
from tests.running import run_sweep
from tests.standin import FOREVER, value_of

Start = Callable[..., Program]


def load(results: Path) -> optuna.Study:
    return optuna.load_study(study_name="study", storage=f"sqlite:///{results}/studies.db")


def test_stop_ends_a_sweep_in_order(program: Start, results: Path) -> None:
    sweep = program(3, "wait")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    ended = run_sweep("stop", "study", "--results", results)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == (
        f"Asked process {sweep.pid} to stop. Its trials save a checkpoint first.\n"
    )
    assert sweep.end()[0] == 130
    assert sweep.has_ended_whole()
    assert [trial.state.name for trial in load(results).trials] == ["WAITING", "WAITING"]


def test_stop_of_a_trial_keeps_it_as_pruned_and_the_sweep_goes_on(
    program: Start, results: Path
) -> None:
    sweep = program(2, "wait")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    assert run_sweep("stop", "study", "--trial", "0", "--results", results).returncode == 0
    sweep.read_until("ended 0 PRUNED")
    assert run_sweep("stop", "study", "--trial", "1", "--results", results).returncode == 0
    assert sweep.end()[0] == 0
    for trial in load(results).trials:
        assert trial.state is TrialState.PRUNED
        assert trial.value == value_of(trial.params, 10)


def test_a_trial_that_has_ended_is_not_asked_to_end(program: Start, results: Path) -> None:
    sweep = program(3, "wait")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    assert run_sweep("stop", "study", "--trial", "0", "--results", results).returncode == 0
    sweep.read_until("ended 0 PRUNED")
    again = run_sweep("stop", "study", "--trial", "0", "--results", results)
    assert (again.returncode, again.stderr) == (
        2,
        "sweep: Trial 0 of study 'study' has already ended as PRUNED.\n",
    )


@pytest.mark.slow
def test_a_trial_that_is_failed_elsewhere_is_ended_and_not_told_again(
    program: Start, results: Path
) -> None:
    sweep = program(2, "ignore")
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    for number in (0, 1):
        load(results).tell(number, state=TrialState.FAIL)
    sweep.read_until("ended 0 FAIL", "ended 1 FAIL")
    assert sweep.end()[0] == 0
    assert sweep.has_ended_whole()
    assert [trial.user_attrs["attempts"] for trial in load(results).trials] == [1, 1]


@pytest.mark.slow
def test_stop_ends_every_sweep_of_a_study_on_a_server(program: Start, postgres_url: str) -> None:
    sweeps = [program(4, "wait", postgres_url) for _ in range(2)]
    sweeps[0].read_until("evaluated")
    sweeps[1].read_until("evaluated")
    ended = run_sweep("stop", "study", "--storage", postgres_url)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "".join(
        f"Asked process {pid} to stop. Its trials save a checkpoint first.\n"
        for pid in sorted(sweep.pid for sweep in sweeps)
    )
    assert [sweep.end()[0] for sweep in sweeps] == [130, 130]


def test_stop_of_a_study_that_nobody_sweeps_is_one_sentence(program: Start, results: Path) -> None:
    assert program(1, "train").end()[0] == 0
    ended = run_sweep("stop", "study", "--results", results)
    assert ended.returncode == 2
    assert ended.stderr == "sweep: Study 'study' is not being swept: there is nothing to stop.\n"
    mistyped = run_sweep("stop", "stduy", "--results", results)
    assert (mistyped.returncode, mistyped.stderr) == (
        2,
        f"sweep: There is no study 'stduy' in {results}/studies.db. It has study: did you "
        "mean study?\n",
    )


def test_stop_of_a_sweep_that_was_killed_on_a_server_is_one_sentence(
    program: Start, postgres_url: str
) -> None:
    sweep = program(2, "wait", postgres_url)
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    sweep.send(signal.SIGKILL)
    assert sweep.has_ended_whole()
    ended = run_sweep("stop", "study", "--storage", postgres_url)
    assert ended.returncode == 2
    assert ended.stderr == "sweep: Study 'study' is not being swept: there is nothing to stop.\n"


def test_a_sweep_of_another_machine_is_named_and_left_alone(program: Start, results: Path) -> None:
    assert program(1, "train").end()[0] == 0
    bystander = subprocess.Popen(["sleep", str(FOREVER)])
    with (results / "studies.db-study.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        json.dump(Holder("another-machine", bystander.pid, 1).to_json(), lock)
        lock.flush()
        ended = run_sweep("stop", "study", "--results", results)
    bystander.terminate()
    assert bystander.wait() == -signal.SIGTERM, "and not by SIGINT"
    assert ended.returncode == 2
    assert ended.stderr == (
        f"sweep: Study 'study' is being swept by process {bystander.pid} on another-machine: stop "
        "it there.\n"
    )


def test_stop_creates_nothing(results: Path) -> None:
    assert run_sweep("stop", "study", "--results", results).returncode == 2
    assert not results.exists()
