"""One attempt at one trial, from params to its outcome: build, train, evaluate, report.

Not here: the process it runs in and where its output goes (`process`).
"""

from __future__ import annotations

import bdb
import logging
import random
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.util import deprecation

from sweep import private
from sweep.errors import StudyError
from sweep.estimator.trial_spec import TrialSpec
from sweep.folder.checkpoints import MissingCheckpointError, put_aside_broken, take_over
from sweep.folder.layout import TrialFolder
from sweep.study.check import build_trial
from sweep.study.own_config import Remark
from sweep.study.spec import StudySpec
from sweep.training.call import TrainingCall
from sweep.training.leg import OtherShapeError
from sweep.training.observe import Clock
from sweep.training.sparing import sparing
from sweep.trial.channel import Channel
from sweep.trial.failures import failure_by, failure_in, in_one_line
from sweep.trial.messages import Order
from sweep.trial.outcome import AttemptState, Cause, Failure, Outcome
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
    """Trains and evaluates one trial; whatever the user's code does comes back as an Outcome.

    Where the process is the attempt's own, it need not outlive the training's session, and
    Estimator's progress goes to the log.
    """
    if process_is_its_own:
        _log_progress()
    clock = Clock("build")
    reporter = Reporter(channel)
    call = TrainingCall(
        order.leg,
        reporter,
        clock,
        evaluate_often=order.evaluate_every is not None,
        lift_arrays=spec.lift_arrays,
        close_aside=process_is_its_own,
    )
    state, failure = AttemptState.FAIL, None
    try:
        _train(spec, order, folder, reporter, call)
        state, failure = _judged(spec, reporter, call)
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
    spec: StudySpec, order: Order, folder: TrialFolder, reporter: Reporter, call: TrainingCall
) -> None:
    """Makes the call of `train_and_evaluate`, on what can be read of earlier checkpoints.

    Raises:
        Pruned: the sweep has given the trial up.
        Stopped: the sweep wants it to end, and a checkpoint is saved.
    """
    reporter.broken = put_aside_broken(folder.model_dir, folder.broken)
    if order.leg.continues is not None:
        take_over(folder.beside(order.leg.continues).model_dir, folder.model_dir)
    with sparing(write_graph=spec.write_graph):
        metrics, _ = call.train_and_evaluate(*_build(spec, order, folder, reporter))
    reporter.heed_stop(int(metrics["global_step"]))


def check_build(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    """Builds one trial without training it; FAIL says why it cannot be trained.

    An exception may come from these params alone; what is wrong with the study never does.
    """
    try:
        reporter = Reporter(channel)
        estimator, train_spec, _ = _build(spec, order, folder, reporter)
        reporter.on_start(train_spec.max_steps, estimator.config)
    except StudyError as error:
        return Outcome.failed(Cause.STUDY, str(error))
    except (KeyboardInterrupt, bdb.BdbQuit):
        raise
    except BaseException as error:
        return Outcome.failed(Cause.EXCEPTION, in_one_line(error))
    return Outcome(AttemptState.COMPLETE)


def _build(spec: StudySpec, order: Order, folder: TrialFolder, reporter: Reporter) -> TrialSpec:
    every = order.evaluate_every
    return build(spec, order.params, order.seed, folder.model_dir, every, reporter.remark)


def run_here(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    """Does the same in a process that goes on after it, and whose screen is a person's.

    That Estimator is deprecated is not said there with each of its names.
    """
    with deprecation.silence():
        if order.check_only:
            return check_build(spec, order, folder, channel)
        return run_attempt(spec, order, folder, channel, process_is_its_own=False)


def build(
    spec: StudySpec,
    params: Mapping[str, Any],
    seed: int,
    model_dir: Path,
    evaluate_every: int | None = None,
    remark: Remark = lambda topic, text: None,
) -> TrialSpec:
    """Builds a trial of a study.

    Args:
        spec: the study.
        params: the trial's.
        seed: the trial's.
        model_dir: what its Estimator is given.
        evaluate_every: steps between its checkpoints; None leaves that to the study.
        remark: is told what a person should know of it.

    Raises:
        StudyError: what the study's `build` returns cannot be trained.
    """
    # TensorFlow's own seed is in the config; Keras draws those of its initializers from Python's.
    random.seed(seed)
    np.random.seed(seed)
    steps = evaluate_every or spec.save_checkpoints_steps
    interval = {} if steps is None else {"save_checkpoints_steps": steps}
    config = tf.estimator.RunConfig(
        model_dir=str(model_dir),
        tf_random_seed=seed,
        checkpoint_save_graph_def=spec.write_graph,
        **interval,
    )
    return build_trial(spec, dict(params), config, remark)


def _log_progress() -> None:
    """Lets Estimator write its steps and losses to the log, unless the study set a level itself."""
    logger = tf.get_logger()
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)


def _judged(
    spec: StudySpec, reporter: Reporter, call: TrainingCall
) -> tuple[AttemptState, Failure | None]:
    """The state that a training has come to which has ended by itself.

    Where its data has ended, it is at its own end, also in the middle of a leg: whatever continued
    it would train on data that one training in one go never sees again.
    """
    if failure := failure_in(reporter.last_metrics, spec.metrics, reporter.missing_data()):
        return AttemptState.FAIL, failure
    if reporter.early_end is not None:
        if spec.require_max_steps:
            detail = f"the training's input_fn {reporter.early_end}"
            return AttemptState.FAIL, Failure(Cause.NO_DATA, detail)
        reporter.remark(
            "data end",
            f"'s training data {reporter.early_end}; that is its end, and it is complete. To train "
            "to max_steps, let the training's input_fn end with .repeat(); to have such trials "
            "fail, set StudySpec(require_max_steps=True).",
        )
        return AttemptState.COMPLETE, None
    if reporter.is_at_end and not call.is_last_leg:
        return AttemptState.PAUSED, None
    return AttemptState.COMPLETE, None
