"""What a sampler sees of configurations that are trained in legs: each of them once.

Optuna's TPE reads paused trials, which are PRUNED, and ranks them by their last step, unless there
are several metrics. Most other samplers learn only from COMPLETE trials, and rungs produce few of
those. To them every configuration is shown as complete, with a value that can be compared with
those of the others: its value at the furthest step that enough configurations have reached, as in
BOHB (Falkner et al., "BOHB", ICML 2018, arXiv:1807.01774, section 3.2). BOHB leaves out
configurations that have not reached that step, which are the worse ones. Here they get their last
value plus the median of what the others gained from there on, so that a sampler also learns where
not to search.
"""

from __future__ import annotations

import copy
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from optuna.trial import FrozenTrial, TrialState

from sweep import attrs
from sweep.schedule.base import configuration, is_continuation, is_paused, is_repeat
from sweep.schedule.objective import Objective

LEAST_CONFIGURATIONS = 10
"""How many must have reached a step for values to be compared there; Optuna's GPSampler samples at
random until it has this many."""

Curve = Mapping[int, Sequence[float]]
"""The values of a configuration, by step."""


def furthest(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Each configuration as far as it has come.

    TPE ranks a paused trial by its last step, and counts a running trial as a bad one. So the
    earlier legs of a configuration, and the leg that it is in, would count against it, although it
    continues because it is good.
    """
    superseded = {
        trial.user_attrs[attrs.CONTINUES]
        for trial in trials
        if is_continuation(trial) and trial.state in (TrialState.COMPLETE, TrialState.PRUNED)
    }
    return [
        trial
        for trial in trials
        if not (trial.number in superseded and is_paused(trial))
        and not (trial.state is TrialState.RUNNING and is_continuation(trial))
    ]


def as_complete(trials: Sequence[FrozenTrial], objective: Objective) -> list[FrozenTrial]:
    """Each configuration as a COMPLETE trial, if one of its legs ended well.

    It has the number and the system attributes of its first trial, where samplers keep what they
    know about it, and breaks constraints as its last leg does. Trials that are not part of a
    configuration in legs are not changed.
    """
    seen = furthest(trials)
    if not any(map(is_paused, seen)):
        return seen
    curves = _curves(trials, seen, objective)
    step = _common_step(curves.values())
    first = {trial.number: trial for trial in trials}
    shown = []
    for trial in seen:
        curve = curves.get(trial.number)
        if curve:
            original = first.get(configuration(trial), trial)
            shown.append(_complete(original, trial, _values_at(step, curve, curves.values())))
        else:
            shown.append(trial)
    return sorted(shown, key=lambda trial: trial.number)


def _counts(trial: FrozenTrial) -> bool:
    return trial.state is TrialState.COMPLETE or is_paused(trial)


def _curves(
    trials: Sequence[FrozenTrial], seen: Sequence[FrozenTrial], objective: Objective
) -> dict[int, Curve]:
    """What is known about each configuration, by the number of its furthest leg.

    Optuna has no curves of several metrics, so then these are the values at the end of each leg.
    """
    counting = [trial for trial in seen if _counts(trial)]
    if len(objective.metrics) == 1:
        return {trial.number: _reported(trial) for trial in counting}
    ends: dict[int, dict[int, Sequence[float]]] = defaultdict(dict)
    for trial in trials:
        point = objective.point(trial)
        if is_repeat(trial) or not _counts(trial) or point is None:
            continue
        if attrs.GLOBAL_STEP in trial.user_attrs:
            ends[configuration(trial)][trial.user_attrs[attrs.GLOBAL_STEP]] = point
    return {trial.number: ends.get(configuration(trial), {}) for trial in counting}


def _reported(trial: FrozenTrial) -> Curve:
    values = trial.intermediate_values
    return {step: [value] for step, value in values.items() if math.isfinite(value)}


def _common_step(curves: Iterable[Curve]) -> int:
    """The furthest step that enough configurations have reached, or else the nearest."""
    reached = sorted((max(curve) for curve in curves if curve), reverse=True)
    return reached[min(LEAST_CONFIGURATIONS, len(reached)) - 1]


def _values_at(step: int, curve: Curve, others: Iterable[Curve]) -> list[float]:
    """A configuration's values at a step, or what they would be if it gained as much as others."""
    own = _last_before(step, curve)
    if own == step:
        return list(curve[step])
    pairs = [(other[own], other[step]) for other in others if step in other and own in other]
    return [
        value + (statistics.median(then[at] - now[at] for now, then in pairs) if pairs else 0.0)
        for at, value in enumerate(curve[own])
    ]


def _last_before(step: int, curve: Curve) -> int:
    """The last step of a curve that is not after this one, or its first."""
    return max((known for known in curve if known <= step), default=min(curve))


def _complete(original: FrozenTrial, latest: FrozenTrial, values: Sequence[float]) -> FrozenTrial:
    shown = copy.copy(original)
    shown.state, shown.values = TrialState.COMPLETE, list(values)
    if attrs.CONSTRAINTS in latest.system_attrs:
        broken = {attrs.CONSTRAINTS: latest.system_attrs[attrs.CONSTRAINTS]}
        shown.system_attrs = original.system_attrs | broken
    return shown
