"""A study in pictures, each a matplotlib Figure that belongs to the caller.

matplotlib alone draws them all: it needs neither a network nor a browser, for the screen, for
paper or for a file. Nothing here touches pyplot or its settings.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from itertools import combinations
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sweep import attrs
from sweep.errors import UsageError
from sweep.report.drawing import (
    BLUE,
    GREY,
    MOST_VECTORS,
    ORANGE,
    PALE_TO_DARK,
    RED,
    STYLE,
    Numbers,
    complete,
    ended,
    fill,
    having,
    joined,
    keep_in_view,
    marks,
    panels,
    place,
    since_start,
    slots,
    unit_of_time,
    upright,
    value_colors,
)
from sweep.results.data import StudyData
from sweep.results.tables import failure_reasons

MOST_PANELS = 6
MOST_AXES = 8
_STATE_COLORS = {"COMPLETE": BLUE, "PRUNED": "#9dbfe3", "FAIL": RED}
_PHASES = {"train": BLUE, "evaluate": ORANGE, "build": "#6b9e4f", "overhead": GREY}


def _styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    @wraps(draw)
    def styled(*args: Any, **kwargs: Any) -> Figure:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return styled


@_styled
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
        best = values.cummax() if direction == "maximize" else values.cummin()
        axes.scatter(x, values, s=14, color=GREY, label="trial", **marks(len(values)))
        axes.step(x, best, where="post", color=BLUE, lw=1.8, label="best so far")
        keep_in_view(axes, values, direction)
        axes.set_ylabel(metric)
        axes.legend(loc="lower right" if direction == "maximize" else "upper right")
    return figure


@_styled
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


@_styled
def importances(study: StudyData) -> Figure:
    """How much each param decides of each metric.

    Raises:
        UsageError: too few trials are complete.
    """
    tables = [
        study.importances[study.importances["metric"] == metric].iloc[::-1]
        for metric in study.metrics
    ]
    figure, grid = panels(len(tables), height=0.9 + 0.26 * len(_important(study)))
    for axes, table in zip(grid, tables, strict=True):
        bars = axes.barh(table["param"], table["importance"], color=BLUE, height=0.65)
        axes.bar_label(bars, [f"{share:.1%}" for share in table["importance"]], padding=3)
        axes.set_xlim(0, max(0.01, table["importance"].max()) * 1.12)
        axes.set_xlabel(f"share of what decides {table['metric'].iloc[0]}")
        axes.grid(axis="y", visible=False)
    return figure


@_styled
def slices(study: StudyData) -> Figure:
    """The first metric over each of the most important params; the later a trial, the darker.

    Raises:
        UsageError: too few trials are complete.
    """
    (metric, column), *_ = study.metrics.items()
    trials = complete(study, column)
    params = _important(study)[:MOST_PANELS]
    figure, grid = panels(len(params), height=2.5, columns=3)
    for axes, param in zip(grid, params, strict=True):
        shown = having(trials, param)
        positions = place(axes, "x", study, param, shown)
        axes.scatter(
            positions,
            shown[column],
            c=shown["number"],
            cmap=PALE_TO_DARK,
            vmin=-trials["number"].max() / 3,
            s=16,
            edgecolors="none",
            **marks(len(shown)),
        )
        keep_in_view(axes, trials[column], study.summary.directions[0])
        axes.set_ylabel(metric)
    return figure


@_styled
def contours(study: StudyData) -> Figure:
    """The first metric over each two of the three most important params; the better, the darker.

    Raises:
        UsageError: too few trials are complete, or the study searches a single param.
    """
    (metric, column), *_ = study.metrics.items()
    params = _important(study)[:3]
    if len(params) < 2:
        raise UsageError(f"Study {study.summary.name!r} searches no two params.")
    pairs = list(combinations(params, 2))
    figure, grid = panels(len(pairs), height=2.9, columns=3)
    trials = complete(study, column)
    colors = value_colors(trials[column], study.summary.directions[0])
    for axes, (first, second) in zip(grid, pairs, strict=True):
        shown = having(trials, first, second)
        x = place(axes, "x", study, first, shown)
        y = place(axes, "y", study, second, shown)
        fill(axes, x, y, shown[column], colors)
        points = axes.scatter(
            x, y, c=shown[column], s=14, edgecolors="white", lw=0.4, **colors, **marks(len(x))
        )
    figure.colorbar(points, ax=grid, label=metric, shrink=0.9)
    return figure


@_styled
def parallel(study: StudyData) -> Figure:
    """Each trial a line through its params to its value; the better, the darker.

    Raises:
        UsageError: too few trials are complete.
    """
    (metric, column), *_ = study.metrics.items()
    params = _important(study)[: MOST_AXES - 1]
    trials = complete(study, column)
    direction = study.summary.directions[0]
    trials = trials.sort_values(column, ascending=direction == "maximize")
    figure, (axes,) = panels(1, height=3.6)
    shown = {param: trials[f"params_{param}"] for param in params} | {metric: trials[column]}
    points = np.column_stack(
        [upright(axes, i, study, name, cells) for i, (name, cells) in enumerate(shown.items())]
    )
    lines = LineCollection(
        [_present(row) for row in points],
        array=trials[column].to_numpy(),
        lw=0.9,
        alpha=max(0.15, min(0.9, 60 / len(trials))),
        rasterized=len(trials) > MOST_VECTORS / 10,
        **value_colors(trials[column], direction),
    )
    axes.add_collection(lines)
    axes.set_xlim(-0.15, len(params) + 0.25)
    axes.set_ylim(-0.04, 1.04)
    axes.set_xticks(range(len(shown)), list(shown), rotation=20, ha="right")
    axes.set_yticks([])
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    return figure


@_styled
def time_spent(study: StudyData) -> Figure:
    """Where the time of the trials went, for each state in which they ended.

    Overhead is what lies between a trial's start and end beside building, training and evaluating.

    Raises:
        UsageError: no trial has ended.
    """
    trials = ended(study)
    seconds = pd.DataFrame(
        {
            phase: trials.get(attrs.seconds(phase), pd.Series(0.0, trials.index)).fillna(0.0)
            for phase in _PHASES
            if phase != "overhead"
        }
    )
    total = trials["duration"].dt.total_seconds()
    seconds["overhead"] = (total - seconds.sum(axis=1)).clip(lower=0)
    sums = seconds.groupby(trials["state"].astype(str)).sum()
    scale, unit = unit_of_time(sums.sum(axis=1))
    figure, (axes,) = panels(1, height=1.1 + 0.45 * len(sums))
    left = np.zeros(len(sums))
    for phase, color in _PHASES.items():
        widths = sums[phase].to_numpy() / scale
        share = sums[phase].sum() / float(sums.to_numpy().sum() or 1)
        label = f"{phase} {share:.0%}"
        axes.barh(list(sums.index), widths, left=left, color=color, height=0.6, label=label)
        left = left + widths
    axes.set_xlabel(f"{unit} of all trials together")
    axes.grid(axis="y", visible=False)
    axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=len(_PHASES))
    return figure


@_styled
def timeline(study: StudyData) -> Figure:
    """Each trial a bar in a slot that was free when it began; what stays white was idle.

    Raises:
        UsageError: no trial has ended.
    """
    bars = ended(study)[["state"]].astype(str)
    bars["begin"] = since_start(study, "datetime_start")
    bars["end"] = since_start(study, "datetime_complete")
    bars = bars.sort_values("begin", kind="stable")
    bars["slot"] = slots(bars["begin"], bars["end"])
    n_slots = bars["slot"].max() + 1
    scale, unit = unit_of_time(bars["end"])
    figure, (axes,) = panels(1, height=1.2 + 0.3 * n_slots)
    for slot in range(n_slots):
        of_slot = bars[bars["slot"] == slot]
        begin, length = of_slot["begin"] / scale, (of_slot["end"] - of_slot["begin"]) / scale
        axes.broken_barh(
            list(zip(begin, length, strict=True)),
            (slot - 0.38, 0.76),
            facecolors=of_slot["state"].map(_STATE_COLORS).tolist(),
            edgecolors="white",
            lw=0.4 if len(bars) < MOST_VECTORS / 4 else 0,
            rasterized=len(bars) > MOST_VECTORS,
        )
    axes.set_yticks(range(n_slots))
    axes.set_ylim(n_slots - 0.4, -0.6)
    axes.set_ylabel("slot")
    axes.set_xlabel(f"{unit} since the first trial began")
    axes.grid(axis="y", visible=False)
    keys = [Patch(color=_STATE_COLORS[state], label=state) for state in bars["state"].unique()]
    figure.legend(handles=keys, loc="outside upper center", ncols=len(keys))
    return figure


@_styled
def failures(study: StudyData) -> Figure:
    """How many trials failed for each reason.

    Raises:
        UsageError: no trial has failed.
    """
    counts = failure_reasons(study.trials).value_counts(ascending=True)
    if counts.empty:
        raise UsageError(f"No trial of study {study.summary.name!r} has failed.")
    figure, (axes,) = panels(1, height=0.8 + 0.35 * len(counts))
    bars = axes.barh(counts.index, counts, color=RED, height=0.6)
    axes.bar_label(bars, padding=3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("trials that failed")
    axes.grid(axis="y", visible=False)
    return figure


@_styled
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


def _present(heights: Numbers) -> Numbers:
    """The points of a line through parallel axes, but for those where the trial has nothing."""
    axes = np.flatnonzero(~np.isnan(heights))
    return np.column_stack([axes, heights[axes]])


def _important(study: StudyData) -> list[str]:
    """The params by what they weigh for the first metric."""
    table = study.importances
    params = table[table["metric"] == next(iter(study.metrics))]["param"].tolist()
    if not params:
        raise UsageError(f"Study {study.summary.name!r} searches no params.")
    return params


def _parents(trials: pd.DataFrame) -> dict[int, int]:
    """The trial that each continuation goes on from."""
    if attrs.CONTINUES not in trials:
        return {}
    known = trials.dropna(subset=attrs.CONTINUES)
    return dict(zip(known["number"], known[attrs.CONTINUES].astype(int), strict=True))
