"""How much each param influences the result of a study, by Optuna's evaluators.

Optuna gets the trials in memory, as they were read, so the database is not changed.
"""

from __future__ import annotations

import warnings
from collections.abc import Container, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.importance import (
    BaseImportanceEvaluator,
    FanovaImportanceEvaluator,
    PedAnovaImportanceEvaluator,
    get_param_importances,
)
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from sweep.attrs import LINKS
from sweep.errors import UsageError
from sweep.folder.layout import RESULTS
from sweep.results.ranking import values_of_configurations
from sweep.results.trials import trials_of, value_columns
from sweep.search.quiet import quiet_optuna
from sweep.storage.database import open_for_reading
from sweep.storage.reading import StudySummary, TrialRows, read_trials, summarize_study
from sweep.storage.url import storage_url

if TYPE_CHECKING:
    import pandas as pd

FEWEST_TRIALS = 4
SEED = 0
MOST_RESAMPLES, FEWEST_RESAMPLES = 40, 10
RESAMPLED_TRIALS = 20_000
"""The trials in all resamples together. With many trials, few resamples suffice, and each is
slow."""

_Spaces = dict[int, tuple[dict[str, Any], dict[str, BaseDistribution]]]


class Importance(NamedTuple):
    """The importance of a param for a metric; the importances for a metric sum to 1."""

    metric: str
    param: str
    importance: float


class Spread(NamedTuple):
    """The range of an importance that chance explains."""

    metric: str
    param: str
    low: float
    high: float


def load_importances(
    study: str,
    *,
    evaluator: str = "ped-anova",
    results: str | Path = RESULTS,
    storage: str | None = None,
) -> pd.DataFrame:
    """How important each param is for each metric, the most important first.

    The columns are metric, param and importance; the importances for a metric sum to 1. PED-ANOVA
    shows which params separate the best tenth of the trials from the rest, and considers all
    params. fANOVA shows which params move the metric at all, and considers only params that every
    trial has.

    Args:
        study: the study's name.
        evaluator: "ped-anova" or "fanova"; the latter needs scikit-learn.
        results: the results folder of the study.
        storage: the URL of the database, if it is not studies.db in the results folder.

    Raises:
        StorageError: there is no such database or study.
        UsageError: there is no such evaluator, or the study has too few COMPLETE trials.
    """
    import pandas as pd  # imported here, because the command needs no pandas

    found = read_importances(study, storage or storage_url(Path(results)), evaluator)
    return pd.DataFrame(found, columns=Importance._fields)


def read_importances(study: str, url: str, evaluator: str) -> list[Importance]:
    """The importances of a study of the database, as `load_importances` returns them."""
    engine = open_for_reading(url)
    rows = read_trials(engine, study, attrs=LINKS)
    return importances(summarize_study(engine, study), rows, evaluator)


def importances(
    summary: StudySummary, rows: TrialRows, evaluator: str = "ped-anova"
) -> list[Importance]:
    """The importances of a study with these trials."""
    judge = _evaluator(evaluator)
    return [
        Importance(metric, param, weight)
        for metric, direction, trials in _judged(summary, rows)
        for param, weight in _weights(direction, trials, judge).items()
    ]


def importance_spread(summary: StudySummary, rows: TrialRows) -> list[Spread]:
    """How much chance influences each importance by PED-ANOVA, estimated with the bootstrap.

    The same number of trials is drawn from all trials, with replacement, several times. Nine in ten
    of the importances of these draws are between low and high (Efron, Annals of Statistics 7,
    1979).
    """
    judge, random = _evaluator("ped-anova"), np.random.default_rng(SEED)
    found = []
    for metric, direction, trials in _judged(summary, rows):
        drawn = []
        n = min(MOST_RESAMPLES, max(FEWEST_RESAMPLES, RESAMPLED_TRIALS // len(trials)))
        for _ in range(n):
            chosen = random.integers(len(trials), size=len(trials))
            drawn.append(_weights(direction, [trials[i] for i in chosen], judge))
        for param in {param: None for weights in drawn for param in weights}:
            low, high = np.quantile([weights.get(param, 0.0) for weights in drawn], [0.05, 0.95])
            found.append(Spread(metric, param, float(low), float(high)))
    return found


def _judged(summary: StudySummary, rows: TrialRows) -> Iterator[tuple[str, str, list[FrozenTrial]]]:
    """Each metric with its direction and the trials that count for it."""
    judged = values_of_configurations(summary, trials_of(summary, rows))
    if len(judged) < FEWEST_TRIALS:
        raise UsageError(
            f"The importance of params needs at least {FEWEST_TRIALS} complete trials, but study "
            f"{summary.name!r} has {len(judged)}."
        )
    spaces = _spaces(rows)
    names = summary.metrics or value_columns(summary)
    for objective, (metric, direction) in enumerate(zip(names, summary.directions, strict=True)):
        trials = [
            _trial(number, values[objective], *spaces.get(number, ({}, {})))
            for number, values in judged.items()
        ]
        yield metric, direction, trials


def _weights(
    direction: str, trials: list[FrozenTrial], judge: BaseImportanceEvaluator
) -> dict[str, float]:
    with _silence():
        study = optuna.Study("importances", _Finished(direction, trials))
        return get_param_importances(study, evaluator=judge)


@contextmanager
def _silence() -> Iterator[None]:
    """Hides the messages that a study was created, and that there are few trials."""
    with quiet_optuna(), warnings.catch_warnings(action="ignore"):
        yield


class _Finished(InMemoryStorage):
    """A study of given COMPLETE trials; Optuna would check and copy each of them."""

    def __init__(self, direction: str, trials: list[FrozenTrial]) -> None:
        super().__init__()
        self.create_new_study([StudyDirection[direction.upper()]], "importances")
        self._trials = trials

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        return self._trials


def _trial(
    number: int, value: float, params: dict[str, Any], distributions: dict[str, BaseDistribution]
) -> FrozenTrial:
    return FrozenTrial(
        number=number,
        trial_id=number,
        state=TrialState.COMPLETE,
        value=value,
        datetime_start=None,
        datetime_complete=None,
        params=params,
        distributions=distributions,
        user_attrs={},
        system_attrs={},
        intermediate_values={},
    )


def _evaluator(name: str) -> BaseImportanceEvaluator:
    if name == "ped-anova":
        return PedAnovaImportanceEvaluator()
    if name != "fanova":
        raise UsageError(f"There is no evaluator {name!r}: name one of ped-anova, fanova.")
    if find_spec("sklearn") is None:
        raise UsageError(
            "The evaluator 'fanova' needs the package scikit-learn, which is not installed: run "
            "`pip install scikit-learn`."
        )
    return FanovaImportanceEvaluator(seed=SEED)


def _spaces(rows: TrialRows) -> _Spaces:
    """The params and their distributions, by the numbers of the trials."""
    parse = lru_cache(json_to_distribution)
    spaces: _Spaces = {}
    for number, name, value, distribution in rows.params:
        params, distributions = spaces.setdefault(number, ({}, {}))
        distributions[name] = parse(distribution)
        params[name] = distributions[name].to_external_repr(value)
    return spaces
