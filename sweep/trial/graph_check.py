"""Checks the graphs of a trial before training, for failures that show without a step."""

from __future__ import annotations

import bdb

from sweep import location
from sweep.errors import SweepError
from sweep.estimator.trial_spec import TrialSpec
from sweep.program.reading import mentions
from sweep.program.running import ProgramExit
from sweep.study.own_config import Remark
from sweep.study.spec import StudySpec
from sweep.training.graphs import (
    EvaluationGraph,
    TrainingGraph,
    can_be_built,
    evaluation_graph,
    training_graph,
)
from sweep.training.lifting.pipeline import with_lifted_arrays
from sweep.trial.examination import Examination
from sweep.trial.explanation import in_one_line, missing_feature, with_place
from sweep.trial.outcome import WHATEVER_PARAMS, Cause, Failure


def failure_of_graphs(
    spec: StudySpec, trial_spec: TrialSpec, remark: Remark, examination: Examination | None = None
) -> Failure | None:
    """Builds a trial's graphs, and returns why it cannot be trained, if they show that.

    If the cause is EXCEPTION or METRIC, the trial's params may be the reason.

    Args:
        spec: the study.
        trial_spec: what its `build` returned.
        remark: is called with what a person should know about the trial.
        examination: collects facts about the graphs.
    """
    if not can_be_built(trial_spec.estimator):
        return None
    look = None if examination is None else examination.on_graph
    told = None if examination is None else examination.on_lifting
    built = with_lifted_arrays(trial_spec, told) if spec.lift_arrays else trial_spec
    purpose = "training"
    try:
        training = training_graph(built, look)
        purpose = "evaluation"
        evaluation = evaluation_graph(built, look)
    except (KeyboardInterrupt, bdb.BdbQuit):
        raise
    except BaseException as error:
        return raised(spec, f"building the {purpose}'s graph", error)
    missing = _missing_metric(spec, trial_spec, evaluation, remark)
    return missing or _endless(trial_spec, training, evaluation, remark)


def raised(spec: StudySpec, what: str, error: BaseException) -> Failure:
    """The failure for an exception that the study's code raised in a first trial.

    Args:
        spec: the study.
        what: what was done when it was raised.
        error: the exception.
    """
    if isinstance(error, SweepError):
        return Failure(Cause.STUDY, str(error))
    if isinstance(error, ProgramExit):
        return Failure(Cause.EXCEPTION, f"{in_one_line(error)},{WHATEVER_PARAMS}")
    place = spec.where
    if spec.build is not None and (feature := missing_feature(error)) is not None:
        # No frame shows where its column was made, because `build` has long returned.
        place = location.of_text(spec.build, feature) or place
    said = with_place(error, place)
    return Failure(Cause.EXCEPTION, f"{said}, raised by {what}{WHATEVER_PARAMS}")


def _missing_metric(
    spec: StudySpec, trial_spec: TrialSpec, evaluation: EvaluationGraph, remark: Remark
) -> Failure | None:
    """Refuses a missing metric, and remarks on one that may be reported elsewhere."""
    called = trial_spec.eval_spec.name
    there = {*evaluation.metrics, *(f"{called}/{name}" for name in evaluation.metrics if called)}
    for name in filter(lambda name: name not in there, spec.needed_metrics):
        what = f"reports no {name!r}, only {', '.join(evaluation.metrics)}"
        if name not in spec.metrics and (spec.program is None or not mentions(spec.program, name)):
            fix = (
                f"let the constraint name one of these, or add {name!r} to the metrics of the model"
            )
        elif spec.program is None:
            fix = (
                f"let the StudySpec name one of these, or add {name!r} to the metrics of the model"
            )
        elif not mentions(spec.program, name):
            fix = "let --metric name one of these"
        else:
            remark(
                "metric elsewhere",
                f"'s evaluation {what}; sweep looks for it in the program's other reports.",
            )
            continue
        return Failure(Cause.METRIC, f"{spec.where}: an evaluation of the model {what}: {fix}.")
    return None


def _endless(
    trial_spec: TrialSpec, training: TrainingGraph, evaluation: EvaluationGraph, remark: Remark
) -> Failure | None:
    """Refuses what never ends, and remarks on what only a hook can end."""
    _, train, evaluate = trial_spec
    for purpose, graph, input_fn, field in (
        ("training", training, train.input_fn, "TrainSpec(max_steps=…)"),
        ("evaluation", evaluation, evaluate.input_fn, "EvalSpec(steps=…)"),
    ):
        if graph.is_endless and graph.has_hooks:
            remark(
                f"endless {purpose}",
                f"'s {purpose} only ends if one of its hooks stops it, because its input_fn "
                f"({location.of_function(input_fn)}) repeats its data without end. To end it "
                f"without a hook, give {field}.",
            )
        elif graph.is_endless:
            return Failure(
                Cause.STUDY,
                f"{location.of_function(input_fn)}: the {purpose} would never end, because this "
                f"input_fn repeats its data without end: give {field}, or leave out .repeat().",
            )
    return None
