"""One attempt at one trial, from params to its outcome: build, train, evaluate, report.

The process it runs in and where its output goes are in `process`.
"""

from __future__ import annotations

import bdb
import logging
import random
import shutil
import traceback
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.util import deprecation

from sweep import private
from sweep.estimator.trial_spec import TrialSpec
from sweep.folder.checkpoints import MissingCheckpointError, put_aside_broken, take_over
from sweep.folder.layout import TrialFolder
from sweep.program.running import at_home
from sweep.study.check import build_trial
from sweep.study.own_config import Remark
from sweep.study.spec import StudySpec
from sweep.training.call import TrainingCall
from sweep.training.leg import OtherShapeError, cut_to_leg
from sweep.training.observe import Clock
from sweep.training.part import Part, misfit
from sweep.training.sparing import sparing
from sweep.trial.channel import Channel
from sweep.trial.cluster.channel import TaskChannel
from sweep.trial.cluster.task import Task
from sweep.trial.examination import Examination
from sweep.trial.failures import failure_by, failure_in
from sweep.trial.graph_check import failure_of_graphs, raised
from sweep.trial.messages import Order
from sweep.trial.outcome import AttemptState, Cause, Failure, Outcome
from sweep.trial.program import Reached, check_program, reach, train_program
from sweep.trial.program_training import LOOPS_IN_CLUSTER, NewCall
from sweep.trial.reporter import Pruned, Reporter, Stopped

private.require(__name__)


def run_attempt(
    spec: StudySpec,
    order: Order,
    folder: TrialFolder,
    channel: Channel,
    *,
    process_is_its_own: bool = True,
) -> Outcome:
    """Trains and evaluates one trial. Whatever the user's code does ends as an Outcome.

    If the process is only for this attempt, it may end before the training's session is closed, and
    Estimator's progress goes to the log.
    """
    if process_is_its_own:
        _log_progress()
    clock = Clock("build")
    reporter = Reporter(channel, order.task)
    new_call = partial(
        TrainingCall,
        order.leg,
        clock,
        evaluate_often=order.evaluate_every is not None,
        lift_arrays=spec.lift_arrays,
        keep_evaluation_graph=spec.keep_evaluation_graph,
        close_aside=process_is_its_own,
        part=None if order.task is None else _part(order.task, channel, reporter),
    )
    state, failure = AttemptState.FAIL, None
    try:
        is_last_leg = _train(spec, order, folder, reporter, clock, new_call)
        state = AttemptState.COMPLETE
        if order.task is None or order.task.reports:
            state, failure = _judged(spec, reporter, is_last_leg)
    except Pruned:
        state = AttemptState.PRUNED
    except Stopped:
        state = AttemptState.WAITING
    except bdb.BdbQuit:
        raise
    except BaseException as error:
        if not isinstance(error, MissingCheckpointError | OtherShapeError | KeyboardInterrupt):
            traceback.print_exc()
        failure = failure_by(
            error,
            in_evaluation=clock.phase == "evaluate",
            continues=order.leg.continues is not None,
        )
    return Outcome(
        state=state,
        metrics=reporter.last_metrics,
        failure=failure,
        evaluations=reporter.evaluations,
        seconds=clock.seconds(),
    )


def _train(
    spec: StudySpec,
    order: Order,
    folder: TrialFolder,
    reporter: Reporter,
    clock: Clock,
    new_call: NewCall,
) -> bool:
    """Calls `train_and_evaluate`, on those earlier checkpoints that can be read.

    A program makes this call itself.

    Returns:
        Whether this leg ends where the training ends.

    Raises:
        Pruned: the sweep prunes the trial.
        Stopped: the sweep asked it to stop, and a checkpoint is saved.
    """
    if order.task is None or order.task.is_chief:
        reporter.broken = put_aside_broken(folder.model_dir, folder.broken)
        if order.leg.continues is not None:
            take_over(folder.beside(order.leg.continues).model_dir, folder.model_dir)
    with sparing(write_graph=spec.write_graph):
        if spec.program is not None:
            config = _config(spec, order.seed, folder.model_dir, order.evaluate_every)
            return train_program(spec, order, folder, config, reporter, clock, new_call)
        reporter.on_prepared()
        call = new_call(reporter)
        metrics, _ = call.train_and_evaluate(*_build(spec, order, folder, reporter.remark))
    reporter.stop_if_asked(int(metrics["global_step"]))
    return call.is_last_leg


def _part(task: Task, channel: Channel, reporter: Reporter) -> Part:
    """The part of the training that a task does until its leader says that the training is over."""
    assert isinstance(channel, TaskChannel)

    def is_over(seconds: float) -> bool:
        over = channel.training_over(seconds)
        if over is not None and over.input_end is not None:
            reporter.on_input_end(over.input_end.has_trained)
        return over is not None

    return Part(task.cluster, task.type, is_over)


def check_build(
    spec: StudySpec,
    order: Order,
    folder: TrialFolder,
    channel: Channel,
    *,
    with_graphs: bool = True,
) -> Outcome:
    """Builds one trial and its graphs without training it. FAIL says why it cannot be trained.

    An exception may be due to these params alone, and so may a missing metric. What is wrong with
    the study fails with any params.
    """
    reporter = Reporter(channel)
    shutil.rmtree(folder.model_dir, ignore_errors=True)  # left by another example
    config = _config(spec, order.seed, folder.model_dir, order.evaluate_every)
    try:
        reached = _reached(spec, order, folder, config)
    except (KeyboardInterrupt, bdb.BdbQuit):
        raise
    except BaseException as error:
        what = "`build`" if spec.program is None else "running it"
        return Outcome(AttemptState.FAIL, failure=raised(spec, what, error))
    if order.cluster is not None and (reached is None or reached.loops):
        return Outcome.failed(Cause.STUDY, f"{spec.where}: {LOOPS_IN_CLUSTER}")
    if reached is None or reached.loops:
        reporter.on_start(None, config, loops=True)
        if reached is not None and order.examine:
            channel.send(Examination().result(reached.trial_spec))
        return Outcome(AttemptState.COMPLETE)
    trial_spec, _ = cut_to_leg(reached.trial_spec, order.leg)
    if order.cluster is not None and (why := misfit(order.cluster, trial_spec.estimator.config)):
        return Outcome.failed(Cause.STUDY, f"{spec.where}: {why}")
    reporter.on_start(trial_spec.train_spec.max_steps, trial_spec.estimator.config)
    examination = Examination() if order.examine else None
    with at_home(spec.program):
        failure = None
        if with_graphs:
            failure = failure_of_graphs(spec, trial_spec, reporter.remark, examination)
    if examination is not None:
        channel.send(examination.result(trial_spec))
    return Outcome(AttemptState.COMPLETE if failure is None else AttemptState.FAIL, failure=failure)


def _reached(spec: StudySpec, order: Order, folder: TrialFolder, config: Any) -> Reached | None:
    if spec.program is not None:
        return check_program(spec, order, folder, config, _unheard)
    return Reached(_build(spec, order, folder, _unheard), loops=False)


def _unheard(topic: str, text: str) -> None:
    """Ignores a remark, because the trials will make it again."""


def _build(spec: StudySpec, order: Order, folder: TrialFolder, remark: Remark) -> TrialSpec:
    return build(
        spec,
        order.params,
        order.seed,
        folder.model_dir,
        number=order.number,
        evaluate_every=order.evaluate_every,
        remark=remark,
    )


def run_here(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    """Does the same in a process that continues afterwards and prints to a person's screen.

    Estimator's deprecation warning is not repeated there for each of its names.
    """
    with deprecation.silence():
        if order.check_only:
            # A breakpoint in a model_fn should stop in a trial, not here.
            return check_build(spec, order, folder, channel, with_graphs=False)
        return run_attempt(spec, order, folder, channel, process_is_its_own=False)


def build(
    spec: StudySpec,
    params: Mapping[str, Any],
    seed: int,
    model_dir: Path,
    *,
    number: int,
    evaluate_every: int | None = None,
    remark: Remark = _unheard,
) -> TrialSpec:
    """Builds a trial of a study, or runs its program until it starts to train.

    Args:
        spec: the study.
        params: the trial's params.
        seed: the trial's seed.
        model_dir: the model_dir of its Estimator.
        number: the trial's number.
        evaluate_every: steps between its checkpoints; None lets the study decide.
        remark: is called with what a person should know about the trial.

    Raises:
        StudyError: what `build` returns cannot be trained, or the study's program cannot.
        ProgramExit: the program ended with an exit code other than 0.
    """
    config = _config(spec, seed, model_dir, evaluate_every)
    if spec.program is not None:
        return reach(spec.program, params, seed, number, config, remark)
    # TensorFlow's own seed is in the config; Keras seeds its initializers from Python's.
    random.seed(seed)
    np.random.seed(seed)
    return build_trial(spec, dict(params), config, remark)


def _config(spec: StudySpec, seed: int, model_dir: Path, evaluate_every: int | None) -> Any:
    steps = evaluate_every or spec.save_checkpoints_steps
    interval = {} if steps is None else {"save_checkpoints_steps": steps}
    return tf.estimator.RunConfig(
        model_dir=str(model_dir),
        tf_random_seed=seed,
        checkpoint_save_graph_def=spec.write_graph,
        **interval,
    )


def _log_progress() -> None:
    """Lets Estimator log its steps and losses, unless the study set a log level itself."""
    logger = tf.get_logger()
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)


def _judged(
    spec: StudySpec, reporter: Reporter, is_last_leg: bool
) -> tuple[AttemptState, Failure | None]:
    """The state after a training that ended by itself.

    If its data ended, the training is complete, even in the middle of a leg: a continuation would
    train on data that an uninterrupted training never gets to see again.
    """
    if failure := failure_in(reporter.last_metrics, spec.needed_metrics, reporter.missing_data()):
        return AttemptState.FAIL, failure
    if reporter.early_end is not None:
        if spec.require_max_steps:
            detail = f"the training's input_fn {reporter.early_end}"
            return AttemptState.FAIL, Failure(Cause.NO_DATA, detail)
        reporter.remark(
            "data end",
            f"'s training data {reporter.early_end}, so its training is complete. To train to "
            "max_steps, let the training's input_fn end with .repeat(); to make such trials fail, "
            "set StudySpec(require_max_steps=True).",
        )
        return AttemptState.COMPLETE, None
    if reporter.is_at_end and not is_last_leg:
        return AttemptState.PAUSED, None
    return AttemptState.COMPLETE, None
