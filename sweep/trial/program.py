"""One attempt of a program: it runs unchanged, and its calls of Estimator are watched.

`train_program` trains with these calls. `reach` runs the program only up to them: what it wants to
train is then known, to check it or to use the model of a finished trial.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import tensorflow as tf

from sweep.errors import StudyError
from sweep.estimator.trial_spec import TrialSpec
from sweep.folder.layout import TrialFolder, last_line
from sweep.program.folder_flag import refusal
from sweep.program.program import Program
from sweep.program.running import ProgramExit, run_as_main
from sweep.study.own_config import Remark, carry_over, moved
from sweep.study.spec import StudySpec
from sweep.training.observe import Clock
from sweep.training.taken_calls import Taker, calls_taken
from sweep.trial.cluster.task import Task, tf_config
from sweep.trial.messages import Order
from sweep.trial.program_metrics import Evaluations, HypertuneFile, SummaryTags
from sweep.trial.program_training import (
    LegDone,
    NewCall,
    ProgramTraining,
    Telling,
    checkpoint_held,
)
from sweep.trial.reporter import Pruned, Reporter, Stopped


def train_program(
    spec: StudySpec,
    order: Order,
    folder: TrialFolder,
    config: Any,
    reporter: Reporter,
    clock: Clock,
    new_call: NewCall,
) -> bool:
    """Runs a study's program, and returns whether its leg ends where its training ends.

    Args:
        spec: the study, which has a program.
        order: the attempt.
        folder: the trial's folder.
        config: the RunConfig from which the program's Estimators get what they do not set.
        reporter: reports the training to the sweep.
        clock: measures the time of each part.
        new_call: makes the call of `train_and_evaluate` that an observer sees.

    Raises:
        Pruned: the sweep prunes the trial.
        Stopped: the sweep asked it to stop, and a checkpoint is saved.
        StudyError: the program cannot be swept.
        ProgramExit: the program ended with an exit code other than 0.
    """
    program, task = _program_of(spec), order.task
    metrics = Evaluations(spec.needed_metrics)
    reported = folder.hypertune if task is None else task.hypertune(folder)
    telling = Telling(reporter, metrics, HypertuneFile(reported), SummaryTags(folder.model_dir))
    with checkpoint_held(folder, task) as held:
        if held is not None:
            reporter.on_prepared()
        taker = ProgramTraining(order.leg, folder, config, telling, clock, new_call, held, task)
        try:
            _run(program, order.params, order.seed, order.number, folder, taker, task)
        except BaseException as error:
            if taker.ending is None:
                _add_last_words(error, folder.log if task is None else task.log(folder))
                raise
    if taker.ending is not None and not isinstance(taker.ending, LegDone):
        raise taker.ending
    if taker.failed is not None:
        raise taker.failed
    with suppress(Pruned, Stopped):  # the training is done anyway
        telling.look_further()
    if not reporter.last_metrics and (task is None or task.reports):
        raise StudyError(f"{program} ended without an evaluation, so the trial has no value.")
    return taker.is_last_leg


def check_program(
    spec: StudySpec, order: Order, folder: TrialFolder, config: Any, remark: Remark
) -> Reached | None:
    """Runs a study's program until it first trains; None if it trains without an Estimator.

    Args:
        spec: the study, which has a program.
        order: what to check it with.
        folder: the folder to write into.
        config: see `train_program`.
        remark: is called with what a person should know about the trial.

    Raises:
        StudyError: the program cannot be swept.
        ProgramExit: the program ended with an exit code other than 0.
    """
    evaluations = Evaluations(spec.needed_metrics)
    hypertune, summaries = HypertuneFile(folder.hypertune), SummaryTags(folder.model_dir)
    program, taker = _program_of(spec), _Reaching(only_checked=True)
    try:
        _run(program, order.params, order.seed, order.number, folder, taker)
    except BaseException as error:
        if taker.reached is None:
            _add_last_words(error, folder.log, "; run it without sweep to see all that it prints")
            raise
    if taker.reached is not None:
        carry_over(taker.reached.trial_spec.estimator, config, remark, can_be_given=False)
        return taker.reached
    for said in (*hypertune.news(), *summaries.news(evaluations.lacks)):
        evaluations.add(said.metrics)
    if evaluations.lacks:
        raise StudyError(_nothing_called(program))
    return None


def reach(
    program: Program,
    params: Mapping[str, Any],
    seed: int,
    number: int,
    config: Any,
    remark: Remark,
) -> TrialSpec:
    """Runs a program until it is known what it trains and evaluates with.

    Until then it gets a scratch folder, so that what it does at its start does not touch the trial.

    Args:
        program: the program.
        params: the trial's params.
        seed: the trial's seed.
        number: the trial's number.
        config: a RunConfig with the model_dir that its Estimator gets in the end.
        remark: is called with what a person should know about the trial.

    Raises:
        StudyError: the program cannot be used.
        ProgramExit: the program ended with an exit code other than 0.
    """
    scratch = TemporaryDirectory(prefix="sweep-")
    _scratches.append(scratch)  # an input_fn may read what the program wrote there
    folder, taker = TrialFolder(Path(scratch.name)), _Reaching()
    try:
        _run(program, params, seed, number, folder, taker)
    except BaseException:
        if taker.reached is None:
            raise
    if taker.reached is None:
        raise StudyError(_nothing_called(program))
    estimator = taker.reached.trial_spec.estimator
    moved(estimator, config.model_dir)
    carry_over(estimator, config, remark, can_be_given=False)
    return taker.reached.trial_spec


def _nothing_called(program: Program) -> str:
    return (
        f"{program} ended without a call of train_and_evaluate, or of an Estimator's train and "
        "evaluate, so there is no model to train."
    )


def _add_last_words(error: BaseException, log: Path, advice: str = "") -> None:
    """Explains an exit code by the program's last output, followed by what to do."""
    if isinstance(error, ProgramExit):
        sys.stdout.flush()
        sys.stderr.flush()
        error.add_note(f"its last output was: {last_line(log) or 'nothing'}{advice}")


class Reached(BaseException):
    """The program has called what trains and evaluates."""

    def __init__(self, trial_spec: TrialSpec, *, loops: bool) -> None:
        self.trial_spec = trial_spec
        self.loops = loops
        """Whether it calls Estimator's `train` and `evaluate` itself."""


_scratches: list[TemporaryDirectory[str]] = []


def _program_of(spec: StudySpec) -> Program:
    assert spec.program is not None
    return spec.program


def _run(
    program: Program,
    params: Mapping[str, Any],
    seed: int,
    number: int,
    folder: TrialFolder,
    taker: Taker,
    task: Task | None = None,
) -> None:
    model_dir = str(folder.model_dir)
    environment = {
        "TF_CONFIG": json.dumps({**tf_config(number, task), "model_dir": model_dir}),
        "CLOUD_ML_TRIAL_ID": str(number),
        HypertuneFile.VARIABLE: str(folder.hypertune if task is None else task.hypertune(folder)),
    }
    # TensorFlow's own seed is in the config; Keras seeds its initializers from Python's.
    random.seed(seed)
    np.random.seed(seed)

    def refuse(wanted: str) -> None:
        raise StudyError(refusal(program, wanted, model_dir))

    given = {"model_dir": model_dir, "seed": seed, "number": number}
    with calls_taken(taker, folder.model_dir, refuse):
        run_as_main(program, program.argv(params, given), environment)


class _Reaching:
    """Takes a program's calls, and ends it once it is known what it trains with.

    To check a program, its first training is enough.
    """

    def __init__(self, *, only_checked: bool = False) -> None:
        self._only_checked = only_checked
        self._train: dict[str, Any] | None = None
        self.reached: Reached | None = None
        """What was reached, even if the program caught the exception."""

    def train_and_evaluate(self, estimator: Any, train_spec: Any, eval_spec: Any) -> Any:
        raise self._reach(TrialSpec(estimator, train_spec, eval_spec), loops=False)

    def train(self, original: Callable[..., Any], estimator: Any, **given: Any) -> Any:
        self._train = self._train or given
        if self._only_checked:
            self.evaluate(original, estimator, input_fn=given["input_fn"])
        return estimator

    def evaluate(self, original: Callable[..., Any], estimator: Any, **given: Any) -> Any:
        if self._train is None:
            return original(estimator, **given)
        train = tf.estimator.TrainSpec(self._train["input_fn"], hooks=self._train.get("hooks"))
        evaluate = tf.estimator.EvalSpec(
            given["input_fn"], given.get("steps"), given.get("name"), given.get("hooks")
        )
        raise self._reach(TrialSpec(estimator, train, evaluate), loops=True)

    def _reach(self, trial_spec: TrialSpec, *, loops: bool) -> Reached:
        self.reached = self.reached or Reached(trial_spec, loops=loops)
        return self.reached
