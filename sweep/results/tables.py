"""A study's trials as a pandas DataFrame, straight from the database."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from sweep.paths import RESULTS, storage_url
from sweep.storage.database import open_for_reading
from sweep.storage.reading import StudySummary, TrialRows, read_trials, summarize_study

_INFINITIES = {"INF_POS": float("inf"), "INF_NEG": float("-inf")}


def load_trials(
    study: str, *, results: str | Path = RESULTS, storage: str | None = None
) -> pd.DataFrame:
    """A study's trials, a row each, ordered by number.

    The columns are Optuna's (number, state, value or values_*, datetime_start, datetime_complete,
    duration, params_*) and then the trials' user attributes (metrics_*, seed, model_dir, attempts,
    failure, …; one whose name is taken is called user_attrs_*). Times are in UTC. A parameter that
    a trial did not have is NaN, or None where the parameter's values are no numbers.

    Args:
        study: the study's name.
        results: the results folder that the study lies in.
        storage: the database's URL, where it is not studies.db in the results folder.

    Raises:
        StorageError: there is no such database or study.
    """
    engine = open_for_reading(storage or storage_url(Path(results)))
    return trials_table(summarize_study(engine, study), read_trials(engine, study))


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


def _trials(rows: TrialRows) -> pd.DataFrame:
    columns = ["trial_id", "number", "state", "datetime_start", "datetime_complete"]
    table = pd.DataFrame([tuple(row) for row in rows.trials], columns=columns)
    for time in ("datetime_start", "datetime_complete"):
        table[time] = pd.to_datetime(table[time], utc=True)
    table["duration"] = table["datetime_complete"] - table["datetime_start"]
    return table.set_index("trial_id")


def _values(rows: TrialRows, names: list[str]) -> pd.DataFrame:
    columns: dict[str, dict[int, float]] = {name: {} for name in names}
    for trial_id, objective, value, kind in rows.values:
        columns[names[objective]][trial_id] = value if kind == "FINITE" else _INFINITIES[kind]
    return _frame(columns).astype(float)


def _params(rows: TrialRows) -> pd.DataFrame:
    columns: dict[str, dict[int, Any]] = {}
    for trial_id, name, value, distribution in rows.params:
        columns.setdefault(f"params_{name}", {})[trial_id] = _external(value, distribution)
    return _frame(columns)


def _user_attrs(rows: TrialRows) -> pd.DataFrame:
    columns: dict[str, dict[int, Any]] = {}
    for trial_id, key, value in rows.user_attrs:
        columns.setdefault(key, {})[trial_id] = json.loads(value)
    return _frame(columns)


def _frame(columns: dict[str, dict[int, Any]]) -> pd.DataFrame:
    """Columns of values by trial_id; each gets the narrowest dtype that holds its values."""
    return pd.DataFrame({name: pd.Series(cells) for name, cells in columns.items()})


def _external(value: float, distribution: str) -> Any:
    """A param as the search space suggested it, from Optuna's internal number."""
    kind, attributes = _parse(distribution)
    if kind == "CategoricalDistribution":
        return attributes["choices"][int(value)]
    return int(value) if kind == "IntDistribution" else value


@lru_cache
def _parse(distribution: str) -> tuple[str, dict[str, Any]]:
    parsed = json.loads(distribution)
    return parsed["name"], parsed["attributes"]
