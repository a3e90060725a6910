"""How good the trials are: over the trials, over the time, while they train, by several metrics."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sweep import attrs
from sweep.errors import UsageError
from sweep.report.drawing import (
    BLUE,
    GREY,
    MOST_PANELS,
    MOST_VECTORS,
    ORANGE,
    complete,
    joined,
    keep_in_view,
    marks,
    panels,
    since_start,
    styled,
    unit_of_time,
)
from sweep.results.configurations import FEASIBLE
from sweep.results.confirmation import verdict_of
from sweep.results.data import StudyData

MOST_INTERVALS = 30


@styled
def history(study: StudyData, *, by: Literal["trial", "time"] = "trial") -> Figure:
    """Every trial's value and the best so far, over the trials or over the time.

    Args:
        study: the study.
        by: what the horizontal axis is.

    Raises:
        UsageError: no trial is complete.
    """
    figure, grid = panels(len(study.metrics), height=3.2)
    for axes, (metric, column), direction in zip(
        grid, study.metrics.items(), study.summary.directions, strict=True
    ):
        trials = complete(study, column)
        if by == "time":
            trials = trials.dropna(subset="datetime_complete").sort_values("datetime_complete")
            scale, unit = unit_of_time(since_start(study, "datetime_complete"))
            x = since_start(study, "datetime_complete").loc[trials.index] / scale
            axes.set_xlabel(f"{unit} since the first trial began")
        else:
            x = trials["number"].astype(float)
            axes.set_xlabel("trial")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        values = trials[column]
        counting = values.where(trials[FEASIBLE]) if FEASIBLE in trials else values
        best = (counting.cummax() if direction == "maximize" else counting.cummin()).ffill()
        axes.scatter(x, values, s=14, color=GREY, label="trial", **marks(len(values)))
        axes.step(x, best, where="post", color=BLUE, lw=1.8, label="best so far")
        keep_in_view(axes, values, direction)
        axes.set_ylabel(metric)
        axes.legend(loc="lower right" if direction == "maximize" else "upper right")
    return figure


@styled
def intervals(study: StudyData) -> Figure:
    """Each configuration that was trained with several seeds: its trainings, mean and interval.

    Raises:
        UsageError: there is none, or the study has several metrics.
    """
    verdict = verdict_of(study.summary, study.decoded)
    shown = verdict.configurations[:MOST_INTERVALS]
    values = study.decoded.columns[study.decoded.values[0]]
    figure, (axes,) = panels(1, height=0.8 + 0.32 * len(shown))
    for row, one in enumerate(shown):
        own = [values[number] for number in one.trials]
        axes.scatter(own, [row] * len(own), s=14, color=GREY, label="a seed" if row == 0 else None)
        if one.low is not None and one.high is not None:
            axes.plot([one.low, one.high], [row, row], color=BLUE, lw=1.8)
        axes.plot([one.mean], [row], "o", color=BLUE, ms=5, label=None if row else "mean, 95%")
        if verdict.is_confirmed:
            label = None if row else "in the sweep"
            axes.plot([one.value], [row], "D", mfc="none", color=ORANGE, ms=5, label=label)
    axes.set_yticks(range(len(shown)), [f"trial {one.trial}" for one in shown])
    axes.invert_yaxis()
    axes.set_xlabel(verdict.metric)
    axes.legend(loc="best")
    return figure


@styled
def curves(study: StudyData, number: int | None = None) -> Figure:
    """What each trial reported while it trained, one trial's in colour.

    A trial that continues another is drawn as one line with it.

    Args:
        study: the study.
        number: the trial in colour; None is the best.

    Raises:
        UsageError: no trial has reported anything.
    """
    reported = study.curves[np.isfinite(study.curves["value"])]
    if reported.empty:
        raise UsageError(f"No trial of study {study.summary.name!r} has reported a learning curve.")
    numbers, firsts = np.unique(reported["trial"], return_index=True)
    points = np.split(reported[["step", "value"]].to_numpy(dtype=float), firsts[1:])
    lines = dict(zip(numbers.tolist(), points, strict=True))
    parents = _parents(study.trials)
    whole = joined(lines, parents)
    going_on = set(parents.values())
    shown = {number} if number is not None else set(study.best.numbers)
    note = ", the best" if number is None else ""
    figure, (axes,) = panels(1, height=3.6)
    others = [line for trial, line in whole.items() if trial not in shown | going_on]
    axes.add_collection(
        LineCollection(
            others,
            colors=GREY,
            lw=0.8,
            alpha=max(0.08, min(0.8, 40 / len(whole))),
            rasterized=len(others) > MOST_VECTORS / 10,
        )
    )
    for trial in sorted(shown & set(whole)):
        steps, values = whole[trial].T
        axes.plot(steps, values, color=ORANGE, marker="o", ms=3, label=f"trial {trial}{note}")
    axes.scatter(
        reported["step"], reported["value"], s=4, color=GREY, zorder=1, **marks(len(reported))
    )
    axes.autoscale_view()
    keep_in_view(axes, reported["value"], study.summary.directions[0])
    axes.set_xlabel("step")
    axes.set_ylabel(str(reported["metric"].iloc[0]))
    if shown & set(whole):
        axes.legend(
            loc="lower right" if study.summary.directions[0] == "maximize" else "upper right"
        )
    return figure


@styled
def pareto_front(study: StudyData) -> Figure:
    """Each two metrics of a study that has several, with the trials that no other beats.

    Raises:
        UsageError: the study has one metric, or no trial is complete.
    """
    if len(study.metrics) < 2:
        raise UsageError(f"Study {study.summary.name!r} has one metric, so no Pareto front.")
    trials = complete(study, *study.metrics.values())
    front = trials[trials["number"].isin(study.best.numbers)]
    directions = dict(zip(study.metrics, study.summary.directions, strict=True))
    pairs = list(combinations(study.metrics.items(), 2))[:MOST_PANELS]
    figure, grid = panels(len(pairs), height=3.6, columns=min(len(pairs), 2))
    for axes, ((first, x), (second, y)) in zip(grid, pairs, strict=True):
        axes.scatter(trials[x], trials[y], s=14, color=GREY, **marks(len(trials)))
        axes.plot(front[x], front[y], "o", color=ORANGE, ms=5, label="Pareto front")
        axes.set_xlabel(f"{first} ({directions[first]})")
        axes.set_ylabel(f"{second} ({directions[second]})")
    grid[0].legend(loc="best")
    return figure


def _parents(trials: pd.DataFrame) -> dict[int, int]:
    """The trial that each continuation goes on from."""
    if attrs.CONTINUES not in trials:
        return {}
    known = trials.dropna(subset=attrs.CONTINUES)
    return dict(zip(known["number"], known[attrs.CONTINUES].astype(int), strict=True))
