"""Trials to plot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState

from sweep.results.data import StudyData
from sweep.storage.url import storage_url

DISTRIBUTIONS: dict[str, BaseDistribution] = {
    "rate": FloatDistribution(1e-5, 1, log=True),
    "layers": IntDistribution(1, 4),
    "kind": CategoricalDistribution(["tanh", "relu", None]),
    "batch": CategoricalDistribution([64, 16, 32]),
}
Direction = Literal["maximize", "minimize"]
Read = Callable[..., StudyData]
HtmlOf = Callable[..., str]


def create(folder: Path, name: str = "study") -> optuna.Study:
    """A study without trials in the database of a results folder."""
    study = optuna.create_study(storage=storage_url(folder), study_name=name, direction="maximize")
    study.set_metric_names(["score"])
    return study


def searched(n: int) -> list[dict[str, Any]]:
    """Complete trials with params of every kind, one of which not every trial has."""
    random = np.random.default_rng(0)
    trials = []
    for _ in range(n):
        params: dict[str, Any] = {
            "rate": float(10 ** random.uniform(-5, 0)),
            "layers": int(random.integers(1, 5)),
            "kind": ["tanh", "relu", None][random.integers(3)],
            "batch": [64, 16, 32][random.integers(3)],
        }
        distributions = dict(DISTRIBUTIONS)
        if params["layers"] > 2:
            params["units"] = int(random.integers(1, 9))
            distributions["units"] = IntDistribution(1, 9, log=True)
        trials.append(
            {
                "value": float(random.uniform()),
                "params": params,
                "distributions": distributions,
                "intermediate_values": {10: 0.1, 20: 0.2},
                "user_attrs": {"train_seconds": 0.5, "evaluate_seconds": 0.25},
            }
        )
    return trials


def failed(failure: str | None = None) -> dict[str, Any]:
    """A failed trial."""
    attrs = {} if failure is None else {"failure": failure}
    return {"state": TrialState.FAIL, "user_attrs": attrs}
