"""How much of a study's outcome each param decides, by Optuna's evaluators.

Optuna sees the trials in memory, as they were read, so that the database stays as it is.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.importance import (
    BaseImportanceEvaluator,
    FanovaImportanceEvaluator,
    PedAnovaImportanceEvaluator,
    get_param_importances,
)
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import create_trial

from sweep.errors import UsageError
from sweep.paths import RESULTS, storage_url
from sweep.results.trials import trials_of
from sweep.storage.database import open_for_reading
from sweep.storage.reading import StudySummary, TrialRows, read_trials, summarize_study

FEWEST_TRIALS = 4
SEED = 0

_Spaces = dict[int, tuple[dict[str, Any], dict[str, BaseDistribution]]]


def load_importances(
    study: str,
    *,
    evaluator: str = "ped-anova",
    results: str | Path = RESULTS,
    storage: str | None = None,
) -> pd.DataFrame:
    """How important each param is for each metric, the most important first.

    The columns are metric, param and importance; those of a metric sum to 1. PED-ANOVA tells what
    leads into the best tenth of the trials and knows every param; fANOVA tells what moves the
    metric at all, and knows the params that every trial has.

    Args:
        study: the study's name.
        evaluator: "ped-anova" or "fanova"; the latter needs scikit-learn.
        results: the results folder that the study lies in.
        storage: the database's URL, where it is not studies.db in the results folder.

    Raises:
        StorageError: there is no such database or study.
        UsageError: there is no such evaluator, or the study has too few COMPLETE trials.
    """
    engine = open_for_reading(storage or storage_url(Path(results)))
    return importances(summarize_study(engine, study), read_trials(engine, study), evaluator)


def importances(
    summary: StudySummary, rows: TrialRows, evaluator: str = "ped-anova"
) -> pd.DataFrame:
    """The importances of a study with these trials, as `load_importances` returns them."""
    judge = _evaluator(evaluator)
    complete = trials_of(summary, rows).in_state("COMPLETE")
    if len(complete) < FEWEST_TRIALS:
        raise UsageError(
            f"The importance of params shows in {FEWEST_TRIALS} complete trials or more, but study "
            f"{summary.name!r} has {len(complete)}."
        )
    spaces = _spaces(rows)
    found = []
    for metric, column, direction in zip(
        summary.metrics or complete.values, complete.values, summary.directions, strict=True
    ):
        with _silence():
            values = dict(zip(complete.numbers, complete.cells(column), strict=True))
            study = _in_memory(direction, values, spaces)
            judged = get_param_importances(study, evaluator=judge)
        found += [(metric, param, importance) for param, importance in judged.items()]
    return pd.DataFrame(found, columns=["metric", "param", "importance"])


@contextmanager
def _silence() -> Iterator[None]:
    """Keeps from the screen that a study was created, and that few trials tell little."""
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        optuna.logging.set_verbosity(verbosity)


def _in_memory(direction: str, values: Mapping[int, float], spaces: _Spaces) -> optuna.Study:
    """A study of these values by the trials' numbers, and nothing else."""
    storage = InMemoryStorage()
    storage.create_new_study([StudyDirection[direction.upper()]], "importances")
    study = optuna.Study("importances", storage)
    for number, value in values.items():
        params, distributions = spaces.get(number, ({}, {}))
        study.add_trial(create_trial(value=value, params=params, distributions=distributions))
    return study


def _evaluator(name: str) -> BaseImportanceEvaluator:
    if name == "ped-anova":
        return PedAnovaImportanceEvaluator()
    if name != "fanova":
        raise UsageError(f"There is no evaluator {name!r}: name one of ped-anova, fanova.")
    if find_spec("sklearn") is None:
        raise UsageError(
            "The evaluator 'fanova' needs the package scikit-learn, which is not installed: "
            "pip install scikit-learn"
        )
    return FanovaImportanceEvaluator(seed=SEED)


def _spaces(rows: TrialRows) -> _Spaces:
    """The params and their distributions, by the trials' numbers."""
    parse = lru_cache(json_to_distribution)
    spaces: _Spaces = {}
    for number, name, value, distribution in rows.params:
        params, distributions = spaces.setdefault(number, ({}, {}))
        distributions[name] = parse(distribution)
        params[name] = distributions[name].to_external_repr(value)
    return spaces
