"""All params of each trial at once: parallel coordinates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from sweep.report.drawing import BLUE, GREY, MOST_VECTORS, ORANGE, WIDTH, panels, styled
from sweep.report.scales import View, choices, decimal, is_few_whole, is_number, spread, to_unit
from sweep.report.shown import Numbers, complete, important
from sweep.results import format
from sweep.results.configurations import FEASIBLE
from sweep.results.data import StudyData

MOST_OTHERS = 500
"""How many trials outside the best tenth are drawn, evenly chosen."""
AXIS = 0.95
"""The width of each axis, in inches."""
_SPREAD = 0.08
"""How far the lines of trials with the same value are spread out, as a share of the height."""
ABSENT = -0.13
"""The height at which trials without the param are drawn."""


@styled
def parallel(study: StudyData, *, width: float = WIDTH) -> Figure:
    """Each trial as a line through its params to its value: the best in orange, the best tenth
    in blue.

    If a trial does not have a param, its line goes below the axis, to "absent".

    Args:
        study: the study.
        width: the width of the figure, in inches; a wider figure shows more params.

    Raises:
        UsageError: too few trials are complete.
    """
    (metric, column), *_ = study.metrics.items()
    direction = study.summary.directions[0]
    params = important(study)[: int(width / AXIS) - 1]
    trials = complete(study, column)
    trials = trials.sort_values(column, ascending=direction == "maximize", kind="stable")
    if FEASIBLE in trials:
        trials = trials.sort_values(FEASIBLE, kind="stable")
    shown = {param: trials[f"params_{param}"] for param in params}
    view = View.of(trials[column], direction)
    shown[metric] = trials[column] if view.limits is None else trials[column].clip(*view.limits)
    figure, (axes,) = panels(1, width, 3.4)
    points = np.column_stack(
        [_upright(axes, i, study, name, cells) for i, (name, cells) in enumerate(shown.items())]
    )
    top = max(1, len(trials) // 10)
    others = points[:-top]
    others = others[:: -(-len(others) // MOST_OTHERS) or 1]
    _draw(axes, others, colors=GREY, lw=0.7, alpha=_alpha(len(others), 40))
    _draw(axes, points[-top:-1], colors=BLUE, lw=0.9, alpha=_alpha(top, 30))
    _draw(axes, points[-1:], colors=ORANGE, lw=2.0)
    view.note(axes)
    axes.set_xlim(-0.15, len(params) + 0.3)
    axes.set_ylim(min(-0.05, float(points.min()) - 0.05), 1.06)
    is_long = max(map(len, shown)) > 13
    turned: dict[str, Any] = {"rotation": 20, "ha": "right"} if is_long else {}
    axes.set_xticks(range(len(shown)), list(shown), **turned)
    axes.tick_params(length=0)
    axes.set_yticks([])
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return figure


def _draw(axes: Axes, points: Numbers, **how: Any) -> None:
    lines = [np.column_stack([np.arange(len(heights)), heights]) for heights in points]
    axes.add_collection(LineCollection(lines, rasterized=len(lines) > MOST_VECTORS / 8, **how))


def _alpha(n: int, clear: int) -> float:
    """The opacity of `n` lines: up to `clear` lines stay clear, more lines are fainter."""
    return max(0.06, min(0.8, clear / max(n, 1)))


def _upright(axes: Axes, position: int, study: StudyData, name: str, column: Any) -> Numbers:
    """Draws one of the axes; returns the trials' heights on it."""
    axes.plot([position, position], [0, 1], color="#8a939c", lw=0.9, zorder=3)
    if is_number(column):
        heights, labels = _scaled(column, name in study.log_params)
    else:
        names, positions = choices(column)
        heights = positions / max(1, len(names) - 1) + _SPREAD * spread(len(positions), "y")
        labels = dict(zip(np.linspace(0, 1, len(names)).tolist(), names, strict=True))
    if np.isnan(heights).any():
        labels |= {ABSENT: "absent"}
    for height, label in labels.items():
        axes.text(
            position + 0.035,
            height,
            label,
            fontsize=7.5,
            va="center",
            zorder=4,
            bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.6},
        )
    return np.where(np.isnan(heights), ABSENT, heights)


def _scaled(column: pd.Series[Any], is_log: bool) -> tuple[Numbers, dict[float, str]]:
    """The heights, with labels for both ends and for the decades between them."""
    values = column.to_numpy(dtype=float)
    heights = to_unit(values, is_log)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    ends = [decimal(end) if end % 1 else format.number(end) for end in (low, high)]
    if is_few_whole(column):
        heights = heights + _SPREAD * spread(len(heights), "y")
    labels = {0.0: ends[0], 1.0: ends[1]}
    if is_log and high > low:
        first, last = np.ceil(np.log10(low)), np.floor(np.log10(high))
        decades = 10.0 ** np.arange(first, last + 1)
        places = np.log10(decades / low) / np.log10(high / low)
        labels |= {
            float(place): decimal(decade)
            for place, decade in zip(places, decades, strict=True)
            if 0.08 < place < 0.92
        }
    return heights, labels
