"""A trial's record in the study: what an attempt begins with, reports and ends with."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from optuna.trial import FrozenTrial, TrialState

from sweep import attrs
from sweep.folder.layout import TrialFolder
from sweep.storage.study import AskedStudy
from sweep.trial.messages import Order, Outcome


def begin_attempt(
    study: AskedStudy,
    order: Order,
    lost: Sequence[str],
    leg: Mapping[str, Any],
    curve: Mapping[int, float],
) -> None:
    """Notes which attempt runs, with what, and why those before it were lost.

    Args:
        study: the study.
        order: the attempt.
        lost: why the attempts before it were lost.
        leg: the user attributes that say which leg of a training the trial is.
        curve: the intermediate values that it has from the trial it continues.
    """
    noted: dict[str, Any] = {
        **leg,
        attrs.ATTEMPTS: order.attempt,
        attrs.SEED: order.seed,
        attrs.MODEL_DIR: str(order.paths.model_dir),
    }
    if lost:
        noted[attrs.LOST_ATTEMPTS] = list(lost)
    study.begin(order.number, noted, curve)


def end_trial(
    study: AskedStudy, metrics: tuple[str, ...], number: int, outcome: Outcome
) -> FrozenTrial:
    """The one place where an outcome reaches the study; returns the trial as it is then.

    A trial that has been told already stays as it is.
    """
    known = study.get_trial(number)
    if known.state.is_finished():
        return known
    reports = _reports(outcome, metrics[0]) if len(metrics) == 1 else {}
    missing = {s: v for s, v in reports.items() if s not in known.intermediate_values}
    if outcome.state == "WAITING":
        study.note(number, {}, missing)
        return study.put_back(number)
    noted = _described(outcome)
    if outcome.state == "PAUSED":
        noted[attrs.PAUSED_AT] = outcome.metrics["global_step"]
    study.note(number, noted, missing)
    complete = outcome.state == "COMPLETE"
    return study.tell(
        number,
        [outcome.metrics[name] for name in metrics] if complete else None,
        TrialState.PRUNED if outcome.state == "PAUSED" else TrialState[outcome.state],
        skip_if_finished=True,
    )


def _reports(outcome: Outcome, metric: str) -> dict[int, float]:
    """The values of an outcome's evaluations by their steps."""
    values = {evaluation["step"]: evaluation.get(metric) for evaluation in outcome.evaluations}
    return {step: value for step, value in values.items() if is_reportable(value)}


def is_reportable(value: Any) -> TypeGuard[float]:
    """Whether a metric can be an intermediate value."""
    return isinstance(value, int | float)


def left_outcome(paths: TrialFolder, least_attempt: int) -> Outcome | None:
    """The outcome that a trial's process has left on the disk, unless an earlier attempt did."""
    try:
        content = json.loads(paths.result.read_text())
        return Outcome.from_json(content) if content["attempt"] >= least_attempt else None
    except (OSError, ValueError, KeyError):
        return None


def _described(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the trial's user attributes."""
    noted: dict[str, Any] = {
        attrs.metric(name): _storable(v) for name, v in outcome.metrics.items()
    }
    noted |= {attrs.seconds(phase): seconds for phase, seconds in outcome.seconds.items()}
    noted[attrs.HOST] = platform.node()
    if outcome.failure is not None:
        noted[attrs.FAILURE] = outcome.failure
    return noted


def _storable(value: Any) -> Any:
    """A metric as strict JSON has it: NaN and the infinities become words."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
