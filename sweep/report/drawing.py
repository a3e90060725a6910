"""What the plots of a study are drawn with: panels, scales, colours, and times as numbers."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from sweep.errors import UsageError
from sweep.results.data import StudyData

WIDTH = 8.0
MOST_PANELS = 6
MOST_VECTORS = 2000
"""More marks than that are drawn as pixels, or an SVG of them would take long to show."""
MOST_TRIANGULATED = 1000
BLUE, ORANGE, GREY, RED = "#2f6fb5", "#e07b1a", "#a9b2bc", "#c43d3d"
PALE_TO_DARK = LinearSegmentedColormap.from_list(
    "pale to dark", ["#dfe5ec", "#8fb7dd", "#2f6fb5", "#123a66"]
)
STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8a939c",
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e6e9ed",
    "legend.frameon": False,
    "svg.fonttype": "path",
    "text.parse_math": False,  # a $ in the name of a param is a $
}

Numbers = NDArray[np.float64]


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draws in this style, whatever the caller's own is."""

    @wraps(draw)
    def draw_styled(*args: Any, **kwargs: Any) -> Figure:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return draw_styled


def panels(n: int, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure of `n` panels, each `height` inches high, at most `columns` in a row."""
    columns = min(columns, n)
    rows = -(-n // columns)
    figure = Figure(figsize=(WIDTH, rows * height), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for unused in grid[n:]:
        unused.remove()
    return figure, grid[:n]


def marks(n: int) -> dict[str, Any]:
    """How `n` marks of a scatter are drawn: the more, the fainter."""
    return {"rasterized": n > MOST_VECTORS, "alpha": max(0.25, min(0.9, 1000 / max(n, 1)))}


def complete(study: StudyData, *columns: str) -> pd.DataFrame:
    """The COMPLETE trials whose values in these columns are finite.

    Of a configuration that was trained with several seeds it is its own, with what these come to.

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
    """The trials that have these params; None is a choice like any other."""
    lacks = [[_is_lacking(cell) for cell in trials[f"params_{param}"]] for param in params]
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
    """A column of times in seconds since the first trial began."""
    passed = study.trials[column] - study.trials["datetime_start"].min()
    seconds: pd.Series[float] = passed.dt.total_seconds()
    return seconds


def unit_of_time(seconds: pd.Series[float]) -> tuple[float, str]:
    """How many seconds the unit has in which these are best told, and its name."""
    longest = seconds.max()
    if longest < 300:
        return 1.0, "seconds"
    return (60.0, "minutes") if longest < 3 * 3600 else (3600.0, "hours")


def slots(begin: Iterable[float], end: Iterable[float]) -> NDArray[np.int64]:
    """A slot for each trial, in the order of their starts: the lowest that was free by then."""
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
    """Each trial's curve behind that of the trial that it goes on from, if it does."""

    def whole(number: int) -> Numbers:
        line = lines[number]
        parent = parents.get(number, number)
        if parent >= number or parent not in lines:
            return line
        before = whole(parent)
        return np.concatenate([before[before[:, 0] < line[0, 0]], line])

    return {number: whole(number) for number in lines}


def keep_in_view(axes: Axes, values: pd.Series[float], direction: str) -> None:
    """Cuts the axis of values where a few very bad ones would press all others flat."""
    sign = 1 if direction == "maximize" else -1
    scores = sign * values
    edge, best = float(scores.quantile(0.02)), float(scores.max())
    if edge == best or best - scores.min() < 5 * (best - edge):
        return
    margin = 0.05 * (best - edge)
    axes.set_ylim(*sorted((sign * (edge - margin), sign * (best + margin))))
    n_outside = int((scores < edge - margin).sum())
    axes.text(0.01, 0.02, f"{n_outside} worse not shown", transform=axes.transAxes, color=RED)


def value_colors(values: pd.Series[float], direction: str) -> dict[str, Any]:
    """A colour map and its limits: the better, the darker; the worst tenth is alike."""
    low, high = float(values.min()), float(values.max())
    if direction == "maximize":
        return {"cmap": PALE_TO_DARK, "norm": Normalize(float(values.quantile(0.1)), high)}
    return {"cmap": PALE_TO_DARK.reversed(), "norm": Normalize(low, float(values.quantile(0.9)))}


def place(axes: Axes, axis: str, study: StudyData, param: str, trials: pd.DataFrame) -> Numbers:
    """Names an axis after a param, scales it as the param is searched, and places the trials."""
    column = trials[f"params_{param}"]
    axes.set(**{f"{axis}label": param})
    if _is_number(column):
        positions = column.to_numpy(dtype=float)
        if param in study.log_params:
            ticks = np.unique(np.geomspace(np.nanmin(positions), np.nanmax(positions), 3))
            axes.set(**{f"{axis}scale": "log"})
            axes.set(**{f"{axis}ticks": ticks, f"{axis}ticklabels": [f"{t:.3g}" for t in ticks]})
            getattr(axes, f"{axis}axis").set_minor_locator(NullLocator())
        else:
            is_whole = bool((column.dropna() % 1 == 0).all())
            getattr(axes, f"{axis}axis").set_major_locator(MaxNLocator(5, integer=is_whole))
        return positions
    names, positions = choices(column)
    axes.set(**{f"{axis}ticks": range(len(names)), f"{axis}ticklabels": names})
    return positions


def fill(
    axes: Axes, x: Numbers, y: Numbers, values: pd.Series[float], colors: Mapping[str, Any]
) -> None:
    """Fills the plane between trials with the values that lie between theirs."""
    if not 4 <= len(values) <= MOST_TRIANGULATED:
        return
    across, up = _unit(x, axes.get_xscale() == "log"), _unit(y, axes.get_yscale() == "log")
    try:
        triangles = Triangulation(across, up).triangles
    except (RuntimeError, ValueError):  # all on one line
        return
    levels = np.linspace(colors["norm"].vmin, colors["norm"].vmax, 10)
    if levels[0] < levels[-1]:
        axes.tricontourf(
            Triangulation(x, y, triangles),
            values.to_numpy(),
            levels=levels,
            cmap=colors["cmap"],
            extend="both",
            alpha=0.6,
        )


def upright(axes: Axes, position: int, study: StudyData, name: str, column: Any) -> Numbers:
    """Draws one of the axes of parallel coordinates; returns the trials' heights on it."""
    axes.axvline(position, color="#8a939c", lw=0.8, zorder=3)
    if _is_number(column):
        heights = _unit(column.to_numpy(dtype=float), name in study.log_params)
        labels = {0.0: f"{column.min():.4g}", 1.0: f"{column.max():.4g}"}
    else:
        names, positions = choices(column)
        heights = positions / max(1, len(names) - 1)
        labels = dict(zip(np.linspace(0, 1, len(names)), names, strict=True))
    for height, label in labels.items():
        axes.text(
            position + 0.03,
            height,
            label,
            fontsize=7.5,
            va="center",
            zorder=4,
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6},
        )
    return heights


def choices(column: pd.Series[Any]) -> tuple[list[str], Numbers]:
    """The choices of a param that occur, in order, and the position of each trial's.

    None comes last.
    """
    known = list(dict.fromkeys(column[column.notna()].tolist()))
    if all(isinstance(choice, int | float) for choice in known):
        known.sort()
    elif isinstance(column.dtype, pd.CategoricalDtype):
        known.sort(key=list(column.cat.categories).index)
    present = [*known, None] if any(cell is None for cell in column) else known
    positions = [np.nan if _is_lacking(cell) else present.index(cell) for cell in column]
    return [str(choice) for choice in present], np.array(positions, dtype=float)


def _is_lacking(cell: Any) -> bool:
    """Whether a trial did not have a param, which is not to have it as None."""
    return isinstance(cell, float) and np.isnan(cell)


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _unit(values: Numbers, is_log: bool) -> Numbers:
    """The values from 0 to 1."""
    scaled = np.log10(values) if is_log else values
    extent = np.nanmax(scaled) - np.nanmin(scaled)
    return np.asarray((scaled - np.nanmin(scaled)) / (extent or 1.0))
