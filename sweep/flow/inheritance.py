"""A study that starts with those trials of another that fit its search space and metrics."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, cast

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FixedTrial, FrozenTrial, TrialState

from sweep import attrs
from sweep.errors import StudyError
from sweep.schedule.base import continued, is_repeat
from sweep.search.constraints import Constraint, excesses
from sweep.search.space import admits, suggest
from sweep.storage.study import AskedStudy
from sweep.study.spec import StudySpec


def inherit(study: AskedStudy, old: optuna.Study, spec: StudySpec) -> tuple[int, int]:
    """Adds the COMPLETE and PRUNED trials of `old` that fit; none is added twice.

    A trial fits if the search space can suggest exactly its params, and if its last evaluation has
    the metrics. Its value comes from that evaluation, so the metric can differ from the old
    study's. A training in several legs is represented by its last trial, a configuration with
    several seeds by its first.

    Returns:
        How many of the old trials are now in the study, and how many old trials there are.
    """
    there = {trial.user_attrs.get(attrs.TAKEN_FROM) for trial in study.get_trials(deepcopy=False)}
    ended = old.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    superseded = continued(ended)
    ended = [t for t in ended if t.number not in superseded and not is_repeat(t)]
    n_taken = 0
    for trial in ended:
        origin = f"{old.study_name}/{trial.number}"
        fitting = _fitted(trial, old, spec, study.constraints)
        if fitting is None:
            continue
        n_taken += 1
        if origin not in there:
            fitting.set_user_attr(attrs.TAKEN_FROM, origin)
            study.add_trial(fitting)
    return n_taken, len(ended)


def _fitted(
    trial: FrozenTrial, old: optuna.Study, spec: StudySpec, constraints: Sequence[Constraint]
) -> FrozenTrial | None:
    """The trial as one of the study's own; None if it does not fit."""
    distributions = _distributions(trial, spec)
    same_metrics = (old.metric_names or list(spec.metrics)) == list(spec.metrics)
    values = trial.values if same_metrics else _values(trial, spec)
    needed = [constraint.metric for constraint in constraints]
    metrics = {name: trial.user_attrs.get(attrs.metric(name)) for name in needed}
    broken = excesses(constraints, metrics)
    if distributions is None or values is None or broken is None:
        return None
    fitted = optuna.create_trial(
        state=trial.state,
        values=values,
        params=trial.params,
        distributions=distributions,
        user_attrs=_without_leg(trial.user_attrs),
        system_attrs={attrs.CONSTRAINTS: broken} if broken else None,
        intermediate_values=trial.intermediate_values if same_metrics else None,
    )
    fitted.datetime_start = trial.datetime_start
    fitted.datetime_complete = trial.datetime_complete
    return fitted


def _without_leg(user_attrs: Mapping[str, Any]) -> dict[str, Any]:
    of_leg = (*attrs.LEG_ATTRS, attrs.PAUSED_AT)
    return {name: value for name, value in user_attrs.items() if name not in of_leg}


def _values(trial: FrozenTrial, spec: StudySpec) -> list[float] | None:
    if trial.state is not TrialState.COMPLETE:
        return None
    values = [trial.user_attrs.get(attrs.metric(name)) for name in spec.metrics]
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    return numbers if len(numbers) == len(values) else None


def _distributions(trial: FrozenTrial, spec: StudySpec) -> dict[str, BaseDistribution] | None:
    """The distributions of the trial's params in the search space; None if they do not fit."""
    replayed = FixedTrial(trial.params)
    try:
        with warnings.catch_warnings(action="ignore"):  # about values out of range; see below
            suggest(spec.search_space, cast(optuna.Trial, replayed))
    except StudyError:
        return None
    found = replayed.distributions
    fits = found.keys() == trial.params.keys() and all(
        admits(distribution, trial.params[name]) for name, distribution in found.items()
    )
    return found if fits else None
