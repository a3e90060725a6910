"""What a plot shows of a study: some of its trials, and their times and curves as numbers."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sweep.errors import UsageError
from sweep.results.data import StudyData

Numbers = NDArray[np.float64]


def complete(study: StudyData, *columns: str) -> pd.DataFrame:
    """The COMPLETE trials with finite values in these columns.

    A configuration that was trained with several seeds is represented by its own trial, with the
    value of all its trainings.

    Raises:
        UsageError: there is none.
    """
    trials = study.configurations
    finite: NDArray[np.bool_] = np.isfinite(trials[list(columns)].to_numpy(float)).all(axis=1)
    trials = trials.loc[finite]
    if trials.empty:
        raise UsageError(f"No trial of study {study.summary.name!r} is complete yet.")
    return trials


def having(trials: pd.DataFrame, *params: str) -> pd.DataFrame:
    """The trials that have these params; None counts as a choice."""
    lacks = [[is_lacking(cell) for cell in trials[f"params_{param}"]] for param in params]
    shown: NDArray[np.bool_] = ~np.any(lacks, axis=0)
    return trials.loc[shown]


def ended(study: StudyData) -> pd.DataFrame:
    """The trials that have a start and an end.

    Raises:
        UsageError: there is none.
    """
    trials = study.trials.dropna(subset=["datetime_start", "datetime_complete"])
    if trials.empty:
        raise UsageError(f"No trial of study {study.summary.name!r} has ended yet.")
    return trials


def since_start(study: StudyData, column: str) -> pd.Series[float]:
    """A column of times, in seconds since the first trial started."""
    passed = study.trials[column] - study.trials["datetime_start"].min()
    seconds: pd.Series[float] = passed.dt.total_seconds()
    return seconds


def unit_of_time(seconds: pd.Series[float]) -> tuple[float, str]:
    """The best unit for these times: its length in seconds, and its name."""
    longest = seconds.max()
    if longest < 300:
        return 1.0, "seconds"
    return (60.0, "minutes") if longest < 3 * 3600 else (3600.0, "hours")


def slots(begin: Iterable[float], end: Iterable[float]) -> NDArray[np.int64]:
    """A slot for each trial, in the order of their starts: the lowest slot that was free then."""
    busy: list[tuple[float, int]] = []
    free: list[int] = []
    chosen = []
    for since, until in zip(begin, end, strict=True):
        while busy and busy[0][0] <= since:
            heapq.heappush(free, heapq.heappop(busy)[1])
        slot = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (until, slot))
        chosen.append(slot)
    return np.array(chosen)


def joined(lines: Mapping[int, Numbers], parents: Mapping[int, int]) -> dict[int, Numbers]:
    """Each trial's curve, appended to the curve of the trial that it continues, if any."""

    def whole(number: int) -> Numbers:
        line = lines[number]
        parent = parents.get(number, number)
        if parent >= number or parent not in lines:
            return line
        before = whole(parent)
        return np.concatenate([before[before[:, 0] < line[0, 0]], line])

    return {number: whole(number) for number in lines}


def is_lacking(cell: Any) -> bool:
    """Whether a trial did not have a param; None is a value, not a missing param."""
    return isinstance(cell, float) and np.isnan(cell)


def important(study: StudyData) -> list[str]:
    """The params, ordered by their importance for the first metric.

    Raises:
        UsageError: too few trials are complete, or the study searches no params.
    """
    table = study.importances
    params: list[str] = table[table["metric"] == next(iter(study.metrics))]["param"].tolist()
    if not params:
        raise UsageError(f"Study {study.summary.name!r} searches no params.")
    return params
