"""The trial that is built before a sweep: what stops the sweep, and what may be due to params."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sweep import events
from sweep.errors import StudyError
from sweep.flow.extension import Extension
from sweep.flow.first_trial import MOST_EXAMPLES
from sweep.flow.launch import sweep_study
from sweep.flow.options import Options
from sweep.folder.layout import TrialFolder
from sweep.study.loader import LoadedStudy
from sweep.study.spec import StudySpec
from sweep.trial.channel import Channel
from sweep.trial.execution import Runner
from sweep.trial.messages import Order, Remarked
from sweep.trial.outcome import Cause, Outcome
from tests.running import run_sweep
from tests.standin import stand_in, study_of

STUDY = """\
import tensorflow as tf
from sweep import StudySpec, TrialSpec

def input_fn():
    return tf.data.Dataset.from_tensor_slices(({"x": [[0.0], [1.0]]}, [[0.0], [1.0]])).batch(2)

def build(params, config):
    columns = [tf.feature_column.numeric_column("x")]
    return TrialSpec(
        tf.estimator.LinearRegressor(columns, config=config),
        tf.estimator.TrainSpec(input_fn, max_steps=1),
        tf.estimator.EvalSpec(input_fn),
    )

STUDY = StudySpec(
    search_space=lambda trial: {"x": trial.suggest_float("x", 0, 1)},
    build=build,
    metric="accuracy",
    direction="maximize",
)
"""


def failing(cause: Cause, n_good: int) -> Runner:
    """The stand-in, which finds this at first trials but those of the last `n_good` examples."""

    def run(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
        if order.check_only:
            with (folder.folder / "tried").open("a") as tried:
                tried.write("1")
            if len((folder.folder / "tried").read_text()) <= MOST_EXAMPLES - n_good:
                return Outcome.failed(cause, "what is wrong")
        return stand_in(spec, order, folder, channel)

    return run


def sweep_by(runner: Runner, results: Path, **options_given: Any) -> list[events.Event]:
    heard: list[events.Event] = []
    options = Options(results=results, n_jobs=1, **{"n_trials": 1, **options_given})
    sweep_study(LoadedStudy(study_of(), "study", None), options, heard.append, runner)
    return heard


@pytest.mark.parametrize("cause", [Cause.EXCEPTION, Cause.METRIC])
def test_what_may_come_from_the_params_stops_a_sweep_where_no_example_does_without(
    results: Path, cause: Cause
) -> None:
    with pytest.raises(StudyError, match=r"^what is wrong$"):
        sweep_by(failing(cause, 0), results)
    assert not (results / "study").exists()
    assert isinstance(sweep_by(failing(cause, 1), results)[-1], events.TrialEnded)


def test_what_no_params_change_stops_a_sweep_at_the_first_example(results: Path) -> None:
    with pytest.raises(StudyError, match=r"^what is wrong$"):
        sweep_by(failing(Cause.STUDY, MOST_EXAMPLES - 1), results)


def test_a_first_trial_that_has_taken_too_long_is_said_to_be_one(results: Path) -> None:
    with pytest.raises(StudyError) as raised:
        sweep_by(failing(Cause.TIMEOUT, 0), results)
    assert str(raised.value).endswith(
        ": the process that built a first trial was lost (timeout: what is wrong). Its last "
        "output: nothing"
    )


def test_what_is_remarked_on_in_a_first_trial_is_told_of_all(results: Path) -> None:
    def run(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
        if order.check_only:
            channel.send(Remarked("topic", "'s data is odd."))
        return stand_in(spec, order, folder, channel)

    notices = [event for event in sweep_by(run, results) if isinstance(event, events.Notice)]
    assert notices == [events.Notice("Every trial's data is odd.")]


def test_a_first_trial_of_an_extension_is_trained_as_far_as_that_goes(results: Path) -> None:
    def run(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
        if order.check_only:
            channel.send(Remarked("leg", f" ends at step {order.leg.max_steps}."))
        return stand_in(spec, order, folder, channel)

    assert events.Notice("Every trial ends at step None.") in sweep_by(run, results)
    further = sweep_by(run, results, n_trials=None, extension=Extension(1, 40))
    assert events.Notice("Every trial ends at step 40.") in further


@pytest.mark.slow
def test_a_metric_that_there_is_not_is_told_before_the_sweep(tmp_path: Path) -> None:
    study = tmp_path / "study.py"
    study.write_text(STUDY)
    ended = run_sweep("run", study, "--results", tmp_path / "results")
    assert ended.returncode == 2
    assert ended.stderr == (
        f"sweep: {study}, line 7: an evaluation of the model reports no 'accuracy', only "
        "average_loss, global_step, label/mean, loss, prediction/mean: let the StudySpec name one "
        "of these, or add 'accuracy' to the metrics of the model.\n"
    )
    assert ended.stdout == ""
    assert not (tmp_path / "results" / "study").exists()


@pytest.mark.slow
def test_a_build_that_raises_is_told_before_the_sweep_with_the_line(tmp_path: Path) -> None:
    study = tmp_path / "study.py"
    study.write_text(STUDY.replace("[tf.feature_column", "mistyped, [tf.feature_column"))
    ended = run_sweep("run", study, "--results", tmp_path / "results")
    assert ended.returncode == 2
    assert ended.stderr == (
        f"sweep: NameError: name 'mistyped' is not defined ({study}, line 8), raised by `build` "
        "whatever the params\n"
    )
