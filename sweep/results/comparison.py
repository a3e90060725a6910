"""Studies side by side, and trials side by side: how they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from sweep import attrs
from sweep.results import format
from sweep.results.ranking import best_trials
from sweep.results.trials import Trials
from sweep.storage.reading import StudySummary


@dataclass(frozen=True)
class StudyRecord:
    """The outcome of a study, for comparison with others."""

    name: str
    metrics: tuple[str, ...]
    directions: tuple[str, ...]
    constraints: tuple[str, ...]
    trials: int
    states: dict[str, int]
    best: float | None
    """None if no trial is complete, or if there are several metrics; the same for the median."""
    median: float | None
    """The median of the COMPLETE trials' values."""
    best_trials: list[int]
    """The number of the best trial, or the numbers of the Pareto front."""
    seconds_to_best: float | None
    """The seconds from the first trial's start to the end of the best trial."""
    params: dict[str, Any]
    """The params of the best trial; empty for a Pareto front."""


def record_of(summary: StudySummary, trials: Trials) -> StudyRecord:
    """The record of a study with these trials."""
    winners = list(best_trials(summary, trials).numbers)
    has_winner = len(summary.directions) == 1 and bool(winners)
    return StudyRecord(
        name=summary.name,
        metrics=summary.metrics,
        directions=summary.directions,
        constraints=summary.constraints,
        trials=len(trials),
        states=summary.states,
        best=summary.best_value,
        median=median(trials.in_state("COMPLETE").cells("value")) if has_winner else None,
        best_trials=winners,
        seconds_to_best=_seconds_to(winners[0], trials) if has_winner else None,
        params=params_of(trials.row(winners[0])) if has_winner else {},
    )


def params_of(trial: Mapping[str, Any]) -> dict[str, Any]:
    """The params that a trial had, by their names."""
    return {
        name.removeprefix("params_"): value
        for name, value in trial.items()
        if name.startswith("params_")
    }


def beside(summary: StudySummary, trials: Trials) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """The properties that differ between trials, with one cell per trial, and those that do not.

    Properties are the state, the values, the params, the last metrics and where the time went.
    """
    names = dict(zip(trials.values, summary.metrics or trials.values, strict=True))
    names |= {"state": "state", "duration": "seconds", attrs.FAILURE: "failure"}
    measured = {
        name: name
        for name in trials.columns
        if not name.startswith("params_")
        and (name.startswith(attrs.METRIC) or name.endswith(attrs.SECONDS))
    }
    params = format.param_names(trials.columns, [*names.values(), *measured])
    names |= params | measured
    for metric in summary.metrics:  # the value itself
        names.pop(attrs.metric(metric), None)
    differing: dict[str, list[Any]] = {}
    same: dict[str, Any] = {}
    for name, label in names.items():
        cells = trials.cells(name) if name in trials.columns else []
        if all(cell is None for cell in cells):
            continue
        if name == "duration":
            cells = [None if cell is None else cell.total_seconds() for cell in cells]
        if all(cell == cells[0] for cell in cells):
            same[label] = cells[0]
        else:
            differing[label] = cells
    return differing, same


def _seconds_to(number: int, trials: Trials) -> float | None:
    """The seconds from the first trial's start to the end of this trial."""
    end = trials.columns["datetime_complete"].get(number)
    starts = trials.columns["datetime_start"].values()
    return (end - min(starts)).total_seconds() if end is not None and starts else None
