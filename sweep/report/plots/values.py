"""How good the trials are: over the trials, over time, while they train, by several metrics."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
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
    WIDTH,
    marks,
    panels,
    styled,
)
from sweep.report.scales import View
from sweep.report.shown import Numbers, complete, joined, since_start, unit_of_time
from sweep.results.configurations import FEASIBLE
from sweep.results.data import StudyData
from sweep.results.ranking import numbers_by, scale_of

MOST_INTERVALS = 30
MOST_CURVES = 400
"""How many curves besides the best are drawn, evenly chosen by where they end."""


@styled
def history(
    study: StudyData, *, by: Literal["trial", "time"] = "trial", width: float = WIDTH
) -> Figure:
    """Every trial's value and the best so far, over the trials or over time.

    Args:
        study: the study.
        by: what the horizontal axis shows.
        width: the width of the figure, in inches.

    Raises:
        UsageError: no trial is complete.
    """
    figure, grid = panels(len(study.metrics), width, 3.0)
    for axes, (metric, column), direction in zip(
        grid, study.metrics.items(), study.summary.directions, strict=True
    ):
        trials = complete(study, column)
        if by == "time":
            trials = trials.dropna(subset="datetime_complete").sort_values("datetime_complete")
            scale, unit = unit_of_time(since_start(study, "datetime_complete"))
            x = since_start(study, "datetime_complete").loc[trials.index] / scale
            axes.set_xlabel(f"{unit} since the first trial started")
        else:
            x = trials["number"].astype(float)
            axes.set_xlabel("trial")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        values = trials[column]
        counting = values.where(trials[FEASIBLE]) if FEASIBLE in trials else values
        best = (counting.cummax() if direction == "maximize" else counting.cummin()).ffill()
        view = View.of(values, direction)
        view.scatter(axes, x, values, color=GREY, **marks(len(values)))
        axes.step(x, best, where="post", color=BLUE, lw=1.8, label="best so far")
        view.apply(axes)
        view.note(axes)
        axes.set_ylabel(metric)
        axes.legend(loc="lower right" if direction == "maximize" else "upper right")
    return figure


@styled
def intervals(study: StudyData, *, width: float = WIDTH) -> Figure:
    """Each configuration that was trained with several seeds: its trainings, mean and interval.

    Args:
        study: the study.
        width: the width of the figure, in inches.

    Raises:
        UsageError: there is none, or the study has several metrics and no preference.
    """
    verdict = study.verdict
    shown = verdict.configurations[:MOST_INTERVALS]
    scale = scale_of(study.summary, study.decoded, study.preference)
    values = numbers_by(study.decoded, scale)
    figure, (axes,) = panels(1, width, 0.8 + 0.32 * len(shown))
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
def curves(study: StudyData, number: int | None = None, *, width: float = WIDTH) -> Figure:
    """What each trial reported while it trained; one trial's curve is in colour.

    A trial that continues another is drawn as one line with it. Lines that end before the longest
    one end in a dot.

    Args:
        study: the study.
        number: the trial in colour; None is the best.
        width: the width of the figure, in inches.

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
    figure, (axes,) = panels(1, width, 3.4)
    _draw_others(axes, [line for n, line in whole.items() if n not in shown | going_on])
    for trial in sorted(shown & set(whole)):
        steps, values = whole[trial].T
        axes.plot(steps, values, color=ORANGE, marker="o", ms=3, label=f"trial {trial}{note}")
    axes.autoscale_view()
    view = View.of(reported["value"], study.summary.directions[0], reach=6.0)
    view.apply(axes)
    view.note(axes, "evaluations")
    axes.set_xlabel("step")
    axes.set_ylabel(str(reported["metric"].iloc[0]))
    if axes.get_legend_handles_labels()[1]:
        is_high = study.summary.directions[0] == "maximize"
        legend = axes.legend(loc="lower right" if is_high else "upper right")
        for handle in filter(None, legend.legend_handles):
            handle.set_alpha(1.0)
    return figure


def _draw_others(axes: Axes, lines: list[Numbers]) -> None:
    """Faint lines; those that were pruned, failed or still run end in a dot."""
    if not lines:
        return
    n, lines = len(lines), sorted(lines, key=lambda line: float(line[-1, 1]))
    lines = lines[:: -(-n // MOST_CURVES)]
    how: dict[str, Any] = {
        "alpha": max(0.15, min(0.8, 40 / len(lines))),
        "rasterized": len(lines) > MOST_VECTORS / 8,
    }
    label = None if len(lines) == n else f"{len(lines)} of {n} others"
    axes.add_collection(LineCollection(lines, colors=GREY, lw=0.8, label=label, **how))
    ends = np.array([line[-1] for line in lines])
    is_alone = np.array([len(line) == 1 for line in lines])
    early = ends[is_alone | (ends[:, 0] < ends[:, 0].max())]
    axes.scatter(early[:, 0], early[:, 1], s=7, color=GREY, edgecolors="none", zorder=1.5, **how)


@styled
def pareto_front(study: StudyData, *, width: float = WIDTH) -> Figure:
    """Each two metrics of a study with several, with the trials that no other beats.

    Args:
        study: the study.
        width: the width of the figure, in inches.

    Raises:
        UsageError: the study has one metric, or no trial is complete.
    """
    if len(study.metrics) < 2:
        raise UsageError(f"Study {study.summary.name!r} has one metric, so no Pareto front.")
    trials = complete(study, *study.metrics.values())
    front = trials[trials["number"].isin(study.best.numbers)]
    directions = dict(zip(study.metrics, study.summary.directions, strict=True))
    pairs = list(combinations(study.metrics.items(), 2))[:MOST_PANELS]
    figure, grid = panels(len(pairs), width, 3.4)
    for axes, ((first, x), (second, y)) in zip(grid, pairs, strict=True):
        axes.scatter(trials[x], trials[y], color=GREY, **marks(len(trials), len(pairs)))
        axes.plot(front[x], front[y], "o", color=ORANGE, ms=5, label="Pareto front")
        axes.set_xlabel(f"{first} ({directions[first]})")
        axes.set_ylabel(f"{second} ({directions[second]})")
    grid[0].legend(loc="best")
    return figure


def _parents(trials: pd.DataFrame) -> dict[int, int]:
    """The trial that each continuation continues."""
    if attrs.CONTINUES not in trials:
        return {}
    known = trials.dropna(subset=attrs.CONTINUES)
    return dict(zip(known["number"], known[attrs.CONTINUES].astype(int), strict=True))
