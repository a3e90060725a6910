"""Trials of a study without a database, for code that decides from trials alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.trial import FrozenTrial, TrialState

from sweep.schedule.objective import Objective

MAXIMIZE = Objective(("score",), ("maximize",))
MINIMIZE = Objective(("score",), ("minimize",))

_X: dict[str, BaseDistribution] = {"x": FloatDistribution(0, 1)}


def ended(
    number: int,
    value: float | None = None,
    state: TrialState = TrialState.COMPLETE,
    *,
    params: dict[str, Any] | None = None,
    distributions: dict[str, BaseDistribution] | None = None,
    steps: int = 100,
    **attrs: Any,
) -> FrozenTrial:
    """A finished trial; later numbers end later."""
    trial = optuna.create_trial(
        state=state,
        value=value,
        params={"x": 0.5} if params is None else params,
        distributions=_X if distributions is None else distributions,
        user_attrs={"seed": 7, "metrics_global_step": steps, **attrs},
        intermediate_values={} if value is None else {steps: value},
    )
    trial.number = number
    trial.datetime_complete = datetime(2026, 1, 1) + timedelta(minutes=number)
    return trial


def paused(number: int, value: float, **attrs: Any) -> FrozenTrial:
    """A trial that has done its leg."""
    steps = attrs.pop("steps", 10)
    return ended(number, value, TrialState.PRUNED, steps=steps, paused_at=steps, **attrs)


def unfinished(number: int, state: TrialState = TrialState.RUNNING, **attrs: Any) -> FrozenTrial:
    """A trial that runs, or waits to."""
    trial = optuna.create_trial(
        state=state, params={"x": 0.5}, distributions=_X, user_attrs={"seed": 7, **attrs}
    )
    trial.number = number
    return trial
