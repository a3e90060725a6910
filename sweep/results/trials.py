"""A study's trials as columns of plain Python values, which do not need pandas.

Commands select, sort and compare trials in this form. `sweep.results.tables` turns it into
DataFrames.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import lru_cache
from pathlib import Path
from typing import Any

from sweep import attrs
from sweep.folder.layout import ModelDirs
from sweep.results.configurations import FEASIBLE, spread_columns
from sweep.search.constraints import Constraint, total_excess
from sweep.storage.reading import StudySummary, TrialRows
from sweep.storage.schema import NOT_FINITE

_Column = dict[int, Any]


@dataclass(frozen=True)
class Trials:
    """Trials of a study in some order, not necessarily all of them."""

    numbers: Sequence[int]
    columns: Mapping[str, Mapping[int, Any]]
    """The cells by the number of the trial; columns have the names of `load_trials`. Missing cells
    are left out. There can be cells of other trials."""
    values: Sequence[str]
    """The columns of the values, one for each objective."""
    choices: Mapping[str, list[Any] | None]
    """The choices of the columns of categorical params; None if they have changed."""
    excesses: Mapping[int, Sequence[float]] = field(default_factory=dict)
    """How much a trial breaks each constraint of the study, by its number."""

    def __len__(self) -> int:
        return len(self.numbers)

    def only(self, numbers: Iterable[int]) -> Trials:
        """Only these trials, in this order."""
        return replace(self, numbers=list(numbers))

    def in_state(self, *states: str) -> Trials:
        """Only the trials in one of these states of Optuna."""
        state = self.columns["state"]
        return self.only(number for number in self.numbers if state[number] in states)

    def cells(self, column: str) -> list[Any]:
        """The cells of a column; missing cells are None."""
        known = self.columns[column]
        return [known.get(number) for number in self.numbers]

    def row(self, number: int) -> dict[str, Any]:
        """All cells of a trial."""
        return {name: cells[number] for name, cells in self.columns.items() if number in cells}


def trials_of(summary: StudySummary, rows: TrialRows, results: Path | None = None) -> Trials:
    """The rows of a study's trials, decoded.

    Args:
        summary: the study.
        rows: the rows of its trials.
        results: the results folder in which to look for model_dirs; None leaves them as recorded.
    """
    values = value_columns(summary)
    columns = _times(rows) | _values(rows, values) | _params(rows)
    if rows.excesses:
        columns[FEASIBLE] = {n: not total_excess(found) for n, found in rows.excesses.items()}
    for name, cells in _user_attrs(rows).items():
        if name == attrs.MODEL_DIR and results is not None:
            find = ModelDirs(results).find
            cells = {number: find(str(recorded)) for number, recorded in cells.items()}
        columns[f"user_attrs_{name}" if name in columns else name] = cells
    if len(values) > 1:  # a paused trial has values too
        for name, metric in zip(values, summary.metrics, strict=False):
            measured = columns.get(attrs.metric(metric), {})
            for number in _paused(columns):
                if isinstance(measured.get(number), int | float):
                    columns[name][number] = measured[number]
    for name, cells in spread_columns(columns, values).items():
        columns[name if name not in columns else f"seeds_{name}"] = cells
    return Trials(list(columns["number"]), columns, values, _choices(rows), rows.excesses)


def _paused(columns: Mapping[str, _Column]) -> Iterable[int]:
    state = columns["state"]
    return (number for number in columns.get(attrs.PAUSED_AT, {}) if state[number] == "PRUNED")


def constrained_columns(summary: StudySummary, columns: Collection[str]) -> dict[str, str]:
    """The columns about constraints, with titles: their metrics, and whether trials keep them."""
    bounded = (Constraint.parse(text).metric for text in summary.constraints)
    found = {attrs.metric(name): name for name in bounded if name not in summary.metrics}
    found[FEASIBLE] = FEASIBLE
    return {column: title for column, title in found.items() if column in columns}


def value_columns(summary: StudySummary) -> list[str]:
    """The columns that hold a trial's values, one for each objective."""
    n_objectives = len(summary.directions)
    if n_objectives == 1:
        return ["value"]
    return [f"values_{name}" for name in summary.metrics or range(n_objectives)]


def _times(rows: TrialRows) -> dict[str, _Column]:
    names = ("number", "state", "datetime_start", "datetime_complete", "duration")
    columns: dict[str, _Column] = {name: {} for name in names}
    numbers, states, starts, ends, durations = columns.values()
    for number, state, start, end in rows.trials:
        numbers[number], states[number] = number, state
        if start is not None:
            starts[number] = start.replace(tzinfo=UTC)
        if end is not None:
            ends[number] = end.replace(tzinfo=UTC)
        if start is not None and end is not None:
            durations[number] = end - start
    return columns


def _values(rows: TrialRows, names: list[str]) -> dict[str, _Column]:
    columns: dict[str, _Column] = {name: {} for name in names}
    for number, objective, value, kind in rows.values:
        columns[names[objective]][number] = NOT_FINITE.get(kind, value)
    return columns


def _params(rows: TrialRows) -> dict[str, _Column]:
    columns: dict[str, _Column] = {}
    for number, name, value, distribution in rows.params:
        columns.setdefault(f"params_{name}", {})[number] = _decoder(distribution)(value)
    return columns


def _choices(rows: TrialRows) -> dict[str, list[Any] | None]:
    distributions: dict[str, set[str]] = {}
    for name, distribution in {(name, distribution) for _, name, _, distribution in rows.params}:
        distributions.setdefault(f"params_{name}", set()).add(distribution)
    known = {name: [_choices_of(text) for text in texts] for name, texts in distributions.items()}
    return {
        name: choices[0] if len(choices) == 1 else None
        for name, choices in known.items()
        if any(one is not None for one in choices)
    }


def _user_attrs(rows: TrialRows) -> dict[str, _Column]:
    return {
        key: dict(zip(json.loads(numbers), json.loads(values), strict=True))
        for key, numbers, values in rows.user_attrs
    }


@lru_cache
def _decoder(distribution: str) -> Callable[[float], Any]:
    """The function that turns Optuna's internal number into the suggested param."""
    choices = _choices_of(distribution)
    if choices is not None:
        return lambda value: choices[int(value)]
    return int if json.loads(distribution)["name"] == "IntDistribution" else float


def _choices_of(distribution: str) -> list[Any] | None:
    """The choices of a categorical param; None for other params."""
    parsed = json.loads(distribution)
    is_categorical = parsed["name"] == "CategoricalDistribution"
    return list(parsed["attributes"]["choices"]) if is_categorical else None
