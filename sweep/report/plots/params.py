"""What the params do: which of them matter, and where in the search space the values are good."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from sweep.errors import UsageError
from sweep.report.drawing import (
    BLUE,
    MOST_PANELS,
    MOST_VECTORS,
    PALE_TO_DARK,
    Numbers,
    complete,
    fill,
    having,
    keep_in_view,
    marks,
    panels,
    place,
    styled,
    upright,
    value_colors,
)
from sweep.results.data import StudyData

MOST_AXES = 8


@styled
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


@styled
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


@styled
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


@styled
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
