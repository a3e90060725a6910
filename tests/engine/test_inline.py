"""Attempts in the sweep's own process: the same flow, open to a debugger."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep import events
from sweep.engine.inline import InlineEngine
from sweep.errors import UsageError
from sweep.folder.layout import TrialFolder
from sweep.schedule.rungs import Rungs
from sweep.storage.study import AskedStudy
from sweep.study.spec import StudySpec
from sweep.trial.channel import Channel
from sweep.trial.execution import Folders
from sweep.trial.messages import Ended, Order, Progressed, Started, Upward
from sweep.trial.outcome import AttemptState, Cause, Failure, Outcome
from tests import standin
from tests.running import ROOT
from tests.standin import study_of

Sweep = Callable[..., AskedStudy]

STUDY = """
import optuna
import tensorflow as tf
from sweep import StudySpec, TrialSpec


def model_fn(features, labels, mode, params):
    answer = 6 * 7
    {here}
    prediction = tf.compat.v1.layers.dense(features, 1)
    loss = tf.reduce_mean((prediction - labels) ** 2)
    step = tf.compat.v1.train.get_global_step()
    train_op = tf.compat.v1.train.GradientDescentOptimizer(params["rate"]).minimize(loss, step)
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def input_fn():
    return tf.data.Dataset.from_tensors(([[1.0]], [[2.0]])).repeat(10)


def build(params, config):
    return TrialSpec(
        tf.estimator.Estimator(model_fn, params=params, config=config),
        tf.estimator.TrainSpec(input_fn, max_steps=4),
        tf.estimator.EvalSpec(input_fn, steps=1),
    )


STUDY = StudySpec(
    search_space=lambda trial: {{"rate": trial.suggest_float("rate", 0.1, 0.2)}},
    build=build,
    metric="loss",
    direction="minimize",
    n_trials=2,
)
"""


def values(study: AskedStudy) -> list[tuple[str, Any, dict[int, float]]]:
    return [(t.state.name, t.value, t.intermediate_values) for t in study.trials]


@pytest.mark.parametrize("options", [{}, {"pruner": "median"}, {"scheduler": Rungs(2, 3)}])
def test_a_sweep_gives_what_it_gives_with_processes(sweep: Sweep, options: dict[str, Any]) -> None:
    with_processes = values(sweep(n_trials=6, name="processes", **options))
    assert values(sweep(n_trials=6, name="inline", inline=True, **options)) == with_processes


def test_a_trial_runs_in_the_sweeps_own_process_and_main_thread(sweep: Sweep) -> None:
    pids: list[int] = []

    def space(trial: Any) -> dict[str, Any]:
        return standin.search_space(trial) | {"act": "train"}

    def note(event: events.Event) -> None:
        if isinstance(event, events.TrialEvaluated):
            pids.append(os.getpid())

    study = sweep(study_of(search_space=space), n_trials=1, inline=True, listener=note)
    assert pids == [os.getpid()] * 3
    assert Path(study.trials[0].user_attrs["model_dir"], "checkpoint").exists()


def test_it_says_what_it_lacks(sweep: Sweep) -> None:
    said: list[str] = []

    def note(event: events.Event) -> None:
        if isinstance(event, events.Notice):
            said.append(event.text)

    sweep(n_trials=1, inline=True, listener=note)
    assert said == [
        "Trials run in this process, one at a time: breakpoint() and profilers work. There are no "
        "limits, a crash ends the sweep, and the output of trials is not logged."
    ]


@pytest.mark.parametrize("limit", ["trial_timeout", "stall_timeout", "memory_limit"])
def test_limits_are_refused(sweep: Sweep, results: Path, limit: str) -> None:
    with pytest.raises(UsageError) as raised:
        sweep(n_trials=1, inline=True, **{limit: 1000})
    assert str(raised.value) == (
        "--trial-timeout, --stall-timeout and --memory-limit need a separate process for each "
        "trial: leave them or --inline out."
    )
    assert not results.exists()


def test_several_at_a_time_are_refused(sweep: Sweep) -> None:
    with pytest.raises(UsageError) as raised:
        sweep(n_trials=1, inline=True, n_jobs=2)
    assert str(raised.value) == (
        "--inline runs one trial at a time, but got n_jobs=2: leave --jobs or --inline out."
    )


# The engine by itself.


def speak(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    channel.send(Started(None))
    channel.send(Progressed(1))
    channel.poll()
    return Outcome(AttemptState.COMPLETE)


def interrupt_itself_for_ever(
    spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel
) -> Outcome:
    try:
        for _ in range(1000):
            os.kill(os.getpid(), signal.SIGINT)
    except BaseException as error:  # as the attempt of a real trial does
        return Outcome.failed(Cause.EXCEPTION, repr(error))
    raise AssertionError("no interrupt was raised")


def run(
    tmp_path: Path,
    runner: Any,
    take: Callable[[InlineEngine, Upward], None] = lambda engine, message: None,
) -> list[Upward]:
    heard: list[Upward] = []

    def note(number: int, message: Upward) -> None:
        heard.append(message)
        take(engine, message)

    with InlineEngine(study_of(), Folders(tmp_path, tmp_path), runner) as engine:
        engine.start(Order("study", 7, 1, {}, {}, seed=1))
        assert not engine.has_free_slot
        engine.listen(0.0, note)
        assert engine.has_free_slot
    return heard


def test_messages_come_as_they_are_sent(tmp_path: Path) -> None:
    ended = Ended(Outcome(AttemptState.COMPLETE))
    assert run(tmp_path, speak) == [Started(None), Progressed(1), ended]


def test_a_kill_ends_the_attempt_where_it_next_speaks(tmp_path: Path) -> None:
    heard = run(tmp_path, speak, lambda engine, message: engine.kill(7))
    assert heard == [Started(None), Ended(Outcome.failed(Cause.SIGNAL, "SIGKILL"))]


def test_a_fault_of_the_sweep_is_not_taken_for_the_trials(tmp_path: Path) -> None:
    def fail(engine: InlineEngine, message: Upward) -> None:
        raise ZeroDivisionError

    def catch_all(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
        try:
            return speak(spec, order, folder, channel)
        except BaseException:
            return Outcome.failed(Cause.EXCEPTION, "caught")

    with pytest.raises(ZeroDivisionError):
        run(tmp_path, catch_all, fail)


def test_a_second_interrupt_ends_an_attempt_that_never_speaks(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        (ended,) = run(tmp_path, interrupt_itself_for_ever)
    finally:
        signal.signal(signal.SIGINT, before)
    assert isinstance(ended, Ended)
    assert ended.outcome.failure == Failure(Cause.SIGNAL, "SIGKILL")


# With Estimator.


def run_study(tmp_path: Path, here: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    study = tmp_path / "debugged.py"
    study.write_text(STUDY.format(here=here))
    command = [sys.executable, "-m", "sweep", "run", study, "--inline", "--seed", "1"]
    return subprocess.run(
        [*map(str, command), "--results", str(tmp_path / "results")],
        cwd=ROOT,
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_breakpoint_in_a_model_fn_stops_there(tmp_path: Path) -> None:
    ended = run_study(
        tmp_path, "if params['rate'] and mode == 'train': breakpoint()", "p answer\nc\nc\n"
    )
    assert ended.returncode == 0, ended.stderr
    assert "(Pdb) 42" in ended.stdout
    assert "2 trials ended" in ended.stdout


@pytest.mark.slow
def test_a_debugger_that_is_told_to_quit_ends_the_sweep_in_order(tmp_path: Path) -> None:
    ended = run_study(tmp_path, "if mode == 'train': breakpoint()", "q\n")
    assert ended.returncode == 130, ended.stderr
    assert "trial 0  interrupted, continues later" in ended.stdout
    again = run_study(tmp_path, "pass")
    assert again.returncode == 0, again.stderr
    assert "The study has 2 trials: 2 complete." in again.stdout


@pytest.mark.slow
def test_models_of_one_process_have_the_names_that_they_have_in_their_own(tmp_path: Path) -> None:
    ended = run_study(tmp_path, "print('built', [v.name for v in tf.compat.v1.global_variables()])")
    assert ended.returncode == 0, ended.stderr
    built = [line for line in ended.stdout.splitlines() if line.startswith("built")]
    assert len(set(built)) == 1
