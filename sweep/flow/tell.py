"""What the study is told about a trial: that an attempt starts, and how the trial ended."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from optuna.trial import FrozenTrial, TrialState

from sweep import attrs
from sweep.folder.layout import TrialFolder
from sweep.search.constraints import excesses
from sweep.storage.study import AskedStudy
from sweep.trial.messages import Order
from sweep.trial.outcome import AttemptState, Cause, Failure, Outcome


def begin_attempt(
    study: AskedStudy,
    order: Order,
    model_dir: str,
    lost: Sequence[str],
    leg: Mapping[str, Any],
    curve: Mapping[int, float],
) -> None:
    """Records the attempt that starts, and why earlier attempts were lost.

    Args:
        study: the study.
        order: the attempt.
        model_dir: the trial's model_dir, where others find it.
        lost: why earlier attempts were lost.
        leg: the user attributes that say which leg of a training the trial is.
        curve: the intermediate values of the trial that it continues.
    """
    noted: dict[str, Any] = {
        **leg,
        attrs.ATTEMPTS: order.attempt,
        attrs.SEED: order.seed,
        attrs.MODEL_DIR: model_dir,
    }
    if order.cluster is not None:
        noted[attrs.CLUSTER] = str(order.cluster)
    if lost:
        noted[attrs.LOST_ATTEMPTS] = list(lost)
    study.begin(order.number, noted, curve)


def end_trial(
    study: AskedStudy, metrics: tuple[str, ...], number: int, outcome: Outcome
) -> FrozenTrial:
    """The only place where an outcome reaches the study; returns the trial afterwards.

    A trial that was told already is not changed.
    """
    known = study.get_trial(number)
    if known.state.is_finished():
        return known
    broken = _broken(study, outcome)
    if broken is None and outcome.state in (AttemptState.COMPLETE, AttemptState.PAUSED):
        outcome = replace(outcome, state=AttemptState.FAIL, failure=_unbounded(study, outcome))
    reports = _reports(outcome, metrics[0]) if len(metrics) == 1 else {}
    missing = {s: v for s, v in reports.items() if s not in known.intermediate_values}
    if outcome.state is AttemptState.WAITING:
        study.note(number, {}, missing)
        return study.put_back(number)
    constraints = {attrs.CONSTRAINTS: broken} if broken else {}
    study.note(number, _described(outcome), missing, constraints)
    complete = outcome.state is AttemptState.COMPLETE
    return study.tell(
        number,
        [outcome.metrics[name] for name in metrics] if complete else None,
        _STATES[outcome.state],
        skip_if_finished=True,
    )


_STATES = {
    AttemptState.COMPLETE: TrialState.COMPLETE,
    AttemptState.PRUNED: TrialState.PRUNED,
    AttemptState.PAUSED: TrialState.PRUNED,
    AttemptState.FAIL: TrialState.FAIL,
}


def _broken(study: AskedStudy, outcome: Outcome) -> list[float] | None:
    """How much the last evaluation breaks each constraint; None if it lacks a needed metric."""
    return excesses(study.constraints, outcome.metrics)


def _unbounded(study: AskedStudy, outcome: Outcome) -> Failure:
    """What is wrong with an evaluation that lacks a valid metric for a constraint."""
    for constraint in study.constraints:
        if excesses([constraint], outcome.metrics) is None:
            found = outcome.metrics.get(constraint.metric, "missing")
            detail = f"the constraint {constraint} needs a finite number, but the metric is {found}"
            return Failure(Cause.METRIC, detail)
    raise AssertionError("all constraints have their metrics")


def is_reportable(value: Any) -> TypeGuard[float]:
    """Whether a metric can be an intermediate value."""
    return isinstance(value, int | float)


def left_outcome(folder: TrialFolder, least_attempt: int) -> Outcome | None:
    """The outcome that an attempt left on the disk, unless an earlier attempt left it."""
    content = folder.read_result()
    try:
        is_of_it = content is not None and content["attempt"] >= least_attempt
        return Outcome.from_json(content) if content is not None and is_of_it else None
    except (ValueError, KeyError, TypeError):
        return None


def _reports(outcome: Outcome, metric: str) -> dict[int, float]:
    """The values of an outcome's evaluations by their steps."""
    values = {evaluation["step"]: evaluation.get(metric) for evaluation in outcome.evaluations}
    return {step: value for step, value in values.items() if is_reportable(value)}


def _described(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the trial's user attributes."""
    described: dict[str, Any] = {
        attrs.metric(name): _storable(v) for name, v in outcome.metrics.items()
    }
    described |= {attrs.seconds(phase): seconds for phase, seconds in outcome.seconds.items()}
    described[attrs.HOST] = outcome.host
    if outcome.failure is not None:
        described[attrs.FAILURE] = str(outcome.failure)
    if outcome.state is AttemptState.PAUSED:
        described[attrs.PAUSED_AT] = outcome.metrics["global_step"]
    return described


def _storable(value: Any) -> Any:
    """A metric in strict JSON: NaN and the infinities become words."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
