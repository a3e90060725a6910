"""A study's trials and their learning curves as DataFrames, directly from the database."""

from __future__ import annotations

from contextlib import suppress
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd

from sweep import attrs
from sweep.folder.layout import RESULTS
from sweep.results.trials import Trials, trials_of
from sweep.storage.copies import anchored_results
from sweep.storage.database import open_for_reading
from sweep.storage.queries import Rows
from sweep.storage.reading import StudySummary, read_reports, read_trials, summarize_study
from sweep.storage.schema import NOT_FINITE
from sweep.storage.url import storage_url

STATES = ("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING")


def load_trials(
    study: str, *, results: str | Path = RESULTS, storage: str | None = None
) -> pd.DataFrame:
    """A study's trials, one per row, ordered by number.

    The columns are Optuna's (number, state, value or values_*, datetime_start, datetime_complete,
    duration, params_*) and then the trials' user attributes (metrics_*, seed, model_dir, attempts,
    failure, …; an attribute with a name that is taken is called user_attrs_*). Times are in UTC.
    States are categories. So are categorical params, in the order of their choices, unless None is
    one of the choices. A param that a trial did not have is NaN.

    Args:
        study: the study's name.
        results: the results folder of the study.
        storage: the URL of the database, if it is not studies.db in the results folder.

    Raises:
        StorageError: there is no such database or study.
    """
    place = anchored_results(results)
    engine = open_for_reading(storage or storage_url(place))
    summary, rows = summarize_study(engine, study), read_trials(engine, study)
    return trials_table(trials_of(summary, rows, place))


def load_curves(
    study: str, *, results: str | Path = RESULTS, storage: str | None = None
) -> pd.DataFrame:
    """What a study's trials reported while they trained, one row per evaluation.

    The columns are trial (its number), step, metric (a category) and value, ordered by trial and
    step. A study with several metrics has no reports, because Optuna prunes only by a single
    metric.

    Args:
        study: the study's name.
        results: the results folder of the study.
        storage: the URL of the database, if it is not studies.db in the results folder.

    Raises:
        StorageError: there is no such database or study.
    """
    place = anchored_results(results)
    engine = open_for_reading(storage or storage_url(place))
    return curves_table(summarize_study(engine, study), read_reports(engine, study))


def curves_table(summary: StudySummary, reports: Rows) -> pd.DataFrame:
    """The reports of a study's trials as `load_curves` returns them."""
    metric = summary.metrics[0] if summary.metrics else "value"
    table = pd.DataFrame(list(map(tuple, reports)), columns=["trial", "step", "value", "kind"])
    values = table["kind"].map(NOT_FINITE).fillna(table["value"].astype(float))
    return pd.DataFrame(
        {
            "trial": table["trial"].astype(int),
            "step": table["step"].astype(int),
            "metric": pd.Categorical([metric] * len(table), [metric]),
            "value": values.astype(float),
        }
    )


def trials_table(trials: Trials) -> pd.DataFrame:
    """The trials as `load_trials` returns them, in their order."""
    return pd.DataFrame({name: _column(trials, name) for name in trials.columns})


def failure_reasons(trials: pd.DataFrame) -> pd.Series[str]:
    """Why each FAIL trial failed: the words before the colon."""
    failed = trials[trials["state"] == "FAIL"]
    known = failed.get(attrs.FAILURE, pd.Series(index=failed.index, dtype=object))
    return known.fillna("no reason recorded").map(lambda failure: str(failure).partition(":")[0])


def _column(trials: Trials, name: str) -> Any:
    """The cells of a column in the dtype that fits them best; missing cells are NaN."""
    known = trials.columns[name]
    cells = [known.get(number, nan) for number in trials.numbers]
    match name:
        case "number":
            return pd.Series(cells, dtype=int)
        case "state":
            return pd.Categorical(cells, STATES)
        case "datetime_start" | "datetime_complete":
            return pd.Series(pd.to_datetime(cells, utc=True))
        case "duration":
            return pd.Series(pd.to_timedelta(cells))
        case _ if name in trials.choices:
            return _categorical(cells, trials.choices[name])
        case _ if name in trials.values:
            return pd.Series(cells, dtype=float)
    return pd.Series(cells)


def _categorical(cells: list[Any], choices: list[Any] | None) -> Any:
    """A categorical param, as categories if pandas accepts its choices as categories."""
    if choices is not None:
        with suppress(TypeError, ValueError):  # None, lists, or both 1 and True among them
            return pd.Categorical(cells, choices)
    return pd.Series(cells, dtype=object)
