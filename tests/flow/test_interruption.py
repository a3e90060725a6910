"""Sweeps that are asked to end: real programs, real signals."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.samplers import RandomSampler
from optuna.trial import FrozenTrial

from sweep.errors import Interrupted
from tests.processes import Program
from tests.standin import FOREVER, study_of

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
        f"Interrupted by {number.name}. Checkpoints are not lost: run the same command again to "
        "continue.\n"
    )
    notice, *ends = output.splitlines()
    assert notice == (
        "notice Stopping: 2 running trials save a checkpoint and end. Interrupt again to kill them."
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
        "notice Stopping: 2 running trials save a checkpoint and end. Interrupt again to kill them."
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


NO_END = "notice the search space has no end"


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_two_signals_end_a_sweep_whose_search_space_never_returns(
    program: Start, results: Path, number: signal.Signals
) -> None:
    sweep = program(7, "stray 5")  # beyond those that a sweep tries its study with
    sweep.read_until(NO_END)
    for _ in range(2):
        sweep.send(number)
        time.sleep(0.2)  # or the two may be heard as one
    code, _, errors = sweep.end()
    assert (code, errors.splitlines()) == (
        128 + number,
        [
            f"Interrupted by {number.name}. Checkpoints are not lost: run the same command again "
            "to continue."
        ],
    )
    assert sweep.has_ended_whole()
    assert set(states(results)) <= {"COMPLETE", "WAITING"}
    assert states(results)[5] == "WAITING"

    assert program(7, "train").end()[0] == 0
    assert states(results) == ["COMPLETE"] * 7


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("starter", [(), BACKGROUND])
def test_one_signal_ends_a_sweep_whose_search_space_never_returns_at_first(
    program: Start, results: Path, number: signal.Signals, starter: list[str]
) -> None:
    sweep = program(5, "stray 0", starter=starter)
    sweep.read_until(NO_END)
    sweep.send(number)
    code, _, errors = sweep.end()
    assert (code, errors) == (
        128 + number,
        f"Interrupted by {number.name} before any trial started.\n",
    )
    assert sweep.has_ended_whole()
    assert not results.exists()


class Stray(RandomSampler):
    """A sampler that never comes back where it is told so, in trial 1, the first time."""

    def __init__(self, where: str) -> None:
        super().__init__(seed=1)
        self._where = where

    def _stray(self, where: str, number: int) -> None:
        if where == self._where and number == 1:
            self._where = ""
            for seconds in (0.1, 0.3):
                terminate = (threading.get_ident(), signal.SIGTERM)
                threading.Timer(seconds, signal.pthread_kill, terminate).start()
            time.sleep(FOREVER)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        self._stray("before", trial.number)

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> Any:
        self._stray("ask", trial.number)
        return super().infer_relative_search_space(study, trial)

    def sample_independent(self, study: Any, trial: Any, *param: Any) -> Any:
        self._stray("sample", trial.number)
        return super().sample_independent(study, trial, *param)

    def after_trial(self, study: Any, trial: FrozenTrial, state: Any, values: Any) -> None:
        self._stray("after", trial.number)


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ("ask", "WAITING"),
        *(
            pytest.param(where, left, marks=pytest.mark.slow)
            for where, left in (("before", "WAITING"), ("sample", "WAITING"), ("after", "COMPLETE"))
        ),
    ],
)
def test_two_signals_end_a_sweep_whose_sampler_never_returns(
    sweep: Callable[..., Any], results: Path, where: str, left: str
) -> None:
    with pytest.raises(Interrupted) as raised:
        sweep(study_of(sampler=Stray(where)), n_trials=3)
    assert raised.value.exit_code == 128 + signal.SIGTERM
    assert states(results) == ["COMPLETE", left]
    assert [trial.state.name for trial in sweep(n_trials=3).trials] == ["COMPLETE"] * 3
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
