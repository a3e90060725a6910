"""A study's trials and their learning curves as DataFrames, straight from the database."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from sweep.paths import RESULTS, storage_url
from sweep.storage.database import open_for_reading
from sweep.storage.reading import (
    Rows,
    StudySummary,
    TrialRows,
    read_reports,
    read_trials,
    summarize_study,
)

STATES = ("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING")
_NOT_FINITE = {"INF_POS": float("inf"), "INF_NEG": float("-inf"), "NAN": float("nan")}


def load_trials(
    study: str, *, results: str | Path = RESULTS, storage: str | None = None
) -> pd.DataFrame:
    """A study's trials, a row each, ordered by number.

    The columns are Optuna's (number, state, value or values_*, datetime_start, datetime_complete,
    duration, params_*) and then the trials' user attributes (metrics_*, seed, model_dir, attempts,
    failure, …; one whose name is taken is called user_attrs_*). Times are in UTC. States are
    categories, and so are categorical parameters, in the order of their choices, unless None is one
    of these. A parameter that a trial did not have is NaN.

    Args:
        study: the study's name.
        results: the results folder that the study lies in.
        storage: the database's URL, where it is not studies.db in the results folder.

    Raises:
        StorageError: there is no such database or study.
    """
    engine = open_for_reading(storage or storage_url(Path(results)))
    return trials_table(summarize_study(engine, study), read_trials(engine, study))


def load_curves(
    study: str, *, results: str | Path = RESULTS, storage: str | None = None
) -> pd.DataFrame:
    """What a study's trials have reported while they trained, a row for each evaluation.

    The columns are trial (its number), step, metric (a category) and value, ordered by trial and
    step. A study of several metrics reports none, for Optuna prunes by a lone metric only.

    Args:
        study: the study's name.
        results: the results folder that the study lies in.
        storage: the database's URL, where it is not studies.db in the results folder.

    Raises:
        StorageError: there is no such database or study.
    """
    engine = open_for_reading(storage or storage_url(Path(results)))
    return curves_table(summarize_study(engine, study), read_reports(engine, study))


def curves_table(summary: StudySummary, reports: Rows) -> pd.DataFrame:
    """The reports of a study's trials as `load_curves` returns them."""
    metric = summary.metrics[0] if summary.metrics else "value"
    table = pd.DataFrame(list(map(tuple, reports)), columns=["trial", "step", "value", "kind"])
    values = table["kind"].map(_NOT_FINITE).fillna(table["value"].astype(float))
    return pd.DataFrame(
        {
            "trial": table["trial"].astype(int),
            "step": table["step"].astype(int),
            "metric": pd.Categorical([metric] * len(table), [metric]),
            "value": values.astype(float),
        }
    )


def trials_table(summary: StudySummary, rows: TrialRows) -> pd.DataFrame:
    """The rows of a study's trials as `load_trials` returns them."""
    table = _trials(rows).join([_values(rows, value_columns(summary)), _params(rows)])
    attrs = _user_attrs(rows)
    taken = {name: f"user_attrs_{name}" for name in attrs if name in table}
    return table.join(attrs.rename(columns=taken)).reset_index(drop=True)


def value_columns(summary: StudySummary) -> list[str]:
    """The columns of `load_trials` that hold a trial's values, one for each objective."""
    n_objectives = len(summary.directions)
    if n_objectives == 1:
        return ["value"]
    return [f"values_{name}" for name in summary.metrics or range(n_objectives)]


def failure_reasons(trials: pd.DataFrame) -> pd.Series[str]:
    """Why each FAIL trial failed, in the few words before the colon."""
    failed = trials[trials["state"] == "FAIL"]
    known = failed.get("failure", pd.Series(index=failed.index, dtype=object))
    return known.fillna("no reason recorded").map(lambda failure: str(failure).partition(":")[0])


def _trials(rows: TrialRows) -> pd.DataFrame:
    columns = ["trial_id", "number", "state", "datetime_start", "datetime_complete"]
    table = pd.DataFrame(list(map(tuple, rows.trials)), columns=columns)
    table["state"] = pd.Categorical(table["state"], STATES)
    for time in ("datetime_start", "datetime_complete"):
        table[time] = pd.to_datetime(table[time], utc=True)
    table["duration"] = table["datetime_complete"] - table["datetime_start"]
    return table.set_index("trial_id")


def _values(rows: TrialRows, names: list[str]) -> pd.DataFrame:
    columns: dict[str, dict[int, float | None]] = {name: {} for name in names}
    for trial_id, objective, value, kind in rows.values:
        columns[names[objective]][trial_id] = _NOT_FINITE.get(kind, value)
    return _frame(columns).astype(float)


def _params(rows: TrialRows) -> pd.DataFrame:
    columns: dict[str, dict[int, tuple[float, str]]] = {}
    for trial_id, name, value, distribution in rows.params:
        columns.setdefault(f"params_{name}", {})[trial_id] = value, distribution
    return pd.DataFrame({name: _param(cells) for name, cells in columns.items()})


def _param(cells: dict[int, tuple[float, str]]) -> pd.Series[Any]:
    """One param of all trials, from Optuna's internal numbers and distributions."""
    distributions = {distribution for _, distribution in cells.values()}
    category = _category(distributions)
    if category is not None:
        codes = [int(code) for code, _ in cells.values()]
        return pd.Series(pd.Categorical.from_codes(codes, dtype=category), index=list(cells))
    # Not inferred where there are choices, or pandas takes a choice of None for a missing value.
    dtype = object if any(_is_categorical(d) for d in distributions) else None
    return pd.Series({trial: _external(*cell) for trial, cell in cells.items()}, dtype=dtype)


def _category(distributions: set[str]) -> pd.CategoricalDtype | None:
    """The choices of a categorical param, if pandas can have them for categories."""
    if len(distributions) > 1 or not _is_categorical(min(distributions)):
        return None
    _, attributes = _parse(min(distributions))
    try:
        return pd.CategoricalDtype(attributes["choices"])
    except (TypeError, ValueError):  # None, lists, or both 1 and True among them
        return None


def _is_categorical(distribution: str) -> bool:
    return _parse(distribution)[0] == "CategoricalDistribution"


def _user_attrs(rows: TrialRows) -> pd.DataFrame:
    columns: dict[str, dict[int, Any]] = {}
    values = json.loads(f"[{','.join(value for _, _, value in rows.user_attrs)}]")  # fast as one
    for (trial_id, key, _), value in zip(rows.user_attrs, values, strict=True):
        columns.setdefault(key, {})[trial_id] = value
    return _frame(columns)


def _frame(columns: dict[str, dict[int, Any]]) -> pd.DataFrame:
    """Columns of values by trial_id; each gets the narrowest dtype that holds its values."""
    return pd.DataFrame({name: pd.Series(cells) for name, cells in columns.items()})


def _external(value: float, distribution: str) -> Any:
    """A param as the search space suggested it, from Optuna's internal number."""
    kind, attributes = _parse(distribution)
    if _is_categorical(distribution):
        return attributes["choices"][int(value)]
    return int(value) if kind == "IntDistribution" else value


@lru_cache
def _parse(distribution: str) -> tuple[str, dict[str, Any]]:
    parsed = json.loads(distribution)
    return parsed["name"], parsed["attributes"]
