"""Studies beside each other, and trials beside each other: what sets them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from sweep.results.selection import best_trials
from sweep.results.tables import value_columns
from sweep.storage.reading import StudySummary


@dataclass(frozen=True)
class StudyRecord:
    """What a study has come to, to be held against another."""

    name: str
    metrics: tuple[str, ...]
    directions: tuple[str, ...]
    trials: int
    states: dict[str, int]
    best: float | None
    """None where no trial is complete, or there are several metrics; so is the median."""
    median: float | None
    """Of the COMPLETE trials' values."""
    best_trials: list[int]
    """The number of the best trial, or those of the Pareto front."""
    seconds_to_best: float | None
    """From the first trial's start to the end of the best."""
    params: dict[str, Any]
    """Those of the best trial; none of a front."""


def record_of(summary: StudySummary, trials: pd.DataFrame) -> StudyRecord:
    """The record of a study with these trials."""
    winners = best_trials(summary, trials).astype(object)
    has_winner = len(summary.directions) == 1 and not winners.empty
    complete = trials[trials["state"] == "COMPLETE"]
    return StudyRecord(
        name=summary.name,
        metrics=summary.metrics,
        directions=summary.directions,
        trials=len(trials),
        states=summary.states,
        best=summary.best_value,
        median=float(complete["value"].median()) if has_winner else None,
        best_trials=winners["number"].tolist(),
        seconds_to_best=_seconds_to(winners.iloc[0], trials) if has_winner else None,
        params=params_of(winners.iloc[0]) if has_winner else {},
    )


def params_of(trial: pd.Series[Any]) -> dict[str, Any]:
    """The params that a trial had, by their names."""
    return {
        str(name).removeprefix("params_"): value
        for name, value in trial.items()
        if str(name).startswith("params_") and value == value
    }


def beside(summary: StudySummary, trials: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """What differs between trials, a row a property and a column a trial, and what does not.

    Properties are the state, the values, the params, the last metrics and where the time went.
    """
    columns = value_columns(summary)
    names = dict(zip(columns, summary.metrics or columns, strict=True))
    names |= {"state": "state", "duration": "seconds", "failure": "failure"}
    names |= {
        name: name.removeprefix("params_")
        for name in map(str, trials.columns)
        if name.startswith(("params_", "metrics_")) or name.endswith("_seconds")
    }
    for metric in summary.metrics:  # the value itself
        names.pop(f"metrics_{metric}", None)
    shown = [name for name in names if name in trials and trials[name].notna().any()]
    table = trials.assign(duration=trials["duration"].dt.total_seconds())[shown].astype(object)
    table = table.where(table.notna(), None).set_axis([names[name] for name in shown], axis=1)
    differs = [table.iloc[:, i].nunique(dropna=False) > 1 for i in range(table.shape[1])]
    same = table.iloc[0][[not differing for differing in differs]]
    return table.loc[:, differs].T.set_axis(trials["number"], axis=1), {
        str(name): value for name, value in same.items()
    }


def _seconds_to(trial: pd.Series[Any], trials: pd.DataFrame) -> float | None:
    seconds = (trial["datetime_complete"] - trials["datetime_start"].min()).total_seconds()
    return None if pd.isna(seconds) else float(seconds)
