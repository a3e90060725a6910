"""Axes of values and of params: their range, the positions of trials on them, and their ticks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from sweep.report.drawing import RED
from sweep.report.shown import Numbers, is_lacking
from sweep.results import format
from sweep.results.data import StudyData

MOST_WHOLE = 12
"""Up to this many whole numbers, trials are spread out around each number."""
_PLASTIC = {"x": 0.7548776662466927, "y": 0.5698402909980532}
"""Their multiples fill a square evenly (Roberts, The unreasonable effectiveness of quasirandom
sequences, 2018)."""
_ONE_DECADE = (1.0, 2.0, 3.0, 5.0, 7.0)


@dataclass(frozen=True)
class View:
    """The visible range of values. A few very bad values must not squeeze all others."""

    maximize: bool
    limits: tuple[float, float] | None
    """The limits of the axis; None shows all values."""
    n_outside: int = 0
    worst: float = 0.0

    @classmethod
    def of(cls, values: pd.Series[float], direction: str, reach: float = 4.0) -> View:
        """The visible range for these values.

        Args:
            values: all values.
            direction: minimize or maximize.
            reach: how far the range goes from the best value, in multiples of the distance from the
                best value to the median.
        """
        maximize = direction == "maximize"
        sign = 1 if maximize else -1
        scores = sign * values
        best, worst = float(scores.max()), float(scores.min())
        fence = best - reach * (best - float(scores.median()))
        if fence == best or best - worst <= 1.5 * (best - fence):
            return cls(maximize, None)
        inside = scores[scores >= fence]
        margin = 0.06 * (best - float(inside.min()))
        low, high = sorted((sign * (float(inside.min()) - margin), sign * (best + margin)))
        return cls(maximize, (low, high), len(scores) - len(inside), sign * worst)

    def apply(self, axes: Axes) -> None:
        """Limits the vertical axis to this range."""
        if self.limits is not None:
            axes.set_ylim(*self.limits)

    def note(self, axes: Axes, what: str = "trials") -> None:
        """Says above the axes which values are outside."""
        if self.limits is None:
            return
        count = f"{self.n_outside} {what if self.n_outside > 1 else what.removesuffix('s')}"
        side = f"{'below' if self.maximize else 'above'}, {'down' if self.maximize else 'up'} to"
        text = f"{count} {side} {format.number(self.worst)}"
        axes.set_title(text, loc="left", color=RED, fontsize=8)

    def scatter(self, axes: Axes, x: Any, y: Any, **how: Any) -> None:
        """Draws trials as dots, and those outside as arrows at the edge of the range."""
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        colors = how.pop("c", None)
        outside = np.zeros(len(y), dtype=bool)
        if self.limits is not None:
            outside = y < self.limits[0] if self.maximize else y > self.limits[1]
        for shown, marker in ((~outside, "o"), (outside, "v" if self.maximize else "^")):
            if not shown.any():
                continue
            if self.limits is not None and marker != "o":
                span = 0.02 * (self.limits[1] - self.limits[0])
                edge = self.limits[0] + span if self.maximize else self.limits[1] - span
                y = np.where(shown, edge, y)
            own: dict[str, Any] = {} if colors is None else {"c": np.asarray(colors)[shown]}
            axes.scatter(x[shown], y[shown], marker=marker, **how, **own)
            how.pop("label", None)


def place(axes: Axes, axis: str, study: StudyData, param: str, trials: pd.DataFrame) -> Numbers:
    """Labels an axis with a param, scales it like the search of the param, and places the trials.

    Trials that share a whole number or a choice are spread out around it.
    """
    column = trials[f"params_{param}"]
    axes.set(**{f"{axis}label": param})
    if not is_number(column):
        names, positions = choices(column)
        axes.set(**{f"{axis}ticks": range(len(names)), f"{axis}ticklabels": names})
        axes.set(**{f"{axis}lim": (-0.5, len(names) - 0.5)})
        return positions + spread(len(positions), axis)
    positions = column.to_numpy(dtype=float)
    if param in study.log_params:
        axes.set(**{f"{axis}scale": "log"})
        label_decades(getattr(axes, f"{axis}axis"), positions)
        return positions
    is_whole = bool((column.dropna() % 1 == 0).all())
    getattr(axes, f"{axis}axis").set_major_locator(MaxNLocator(4, integer=is_whole))
    if is_few_whole(column):
        return positions + spread(len(positions), axis)
    return positions


def label_decades(axis: Any, values: Numbers) -> None:
    """Ticks of a logarithmic axis: round numbers, and short ones in between."""
    decades = np.log10(np.nanmax(values) / np.nanmin(values))
    subs = (1.0,) if decades >= 2 else _ONE_DECADE if decades < 0.8 else (1.0, 2.0, 5.0)
    width = axis.axes.figure.get_figwidth() / axis.axes.get_subplotspec().get_gridspec().ncols
    axis.set_major_locator(LogLocator(subs=subs, numticks=6 if width > 2.2 else 3))
    axis.set_minor_locator(LogLocator(subs=tuple(np.arange(2.0, 10.0)), numticks=60))
    axis.set_major_formatter(FuncFormatter(lambda value, _: decimal(value)))
    axis.set_minor_formatter(NullFormatter())
    axis.grid(True, which="minor", color="#f1f3f5", lw=0.5)


def decimal(value: float) -> str:
    """A round number in its shortest form."""
    exponent = np.floor(np.log10(value)) if value > 0 else 0.0
    if exponent in (-4, -3) and value < 0.01:
        return f"{value / 10**exponent:.3g}e{exponent:.0f}"
    return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e")


def choices(column: pd.Series[Any]) -> tuple[list[str], Numbers]:
    """The choices of a param that occur, in order, and the position of each trial's choice.

    None comes last.
    """
    known = list(dict.fromkeys(column[column.notna()].tolist()))
    if all(isinstance(choice, int | float) for choice in known):
        known.sort()
    elif isinstance(column.dtype, pd.CategoricalDtype):
        known.sort(key=list(column.cat.categories).index)
    present = [*known, None] if any(cell is None for cell in column) else known
    positions = [np.nan if is_lacking(cell) else present.index(cell) for cell in column]
    return [str(choice) for choice in present], np.array(positions, dtype=float)


def is_number(column: pd.Series[Any]) -> bool:
    """Whether a param has a scale, instead of choices."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def is_few_whole(column: pd.Series[Any]) -> bool:
    """Whether a param has few whole numbers, so that many trials share one."""
    known = column.dropna()
    return bool((known % 1 == 0).all() and known.max() - known.min() < MOST_WHOLE)


def to_unit(values: Numbers, is_log: bool) -> Numbers:
    """The values, scaled from 0 to 1."""
    scaled = np.log10(values) if is_log else values
    extent = np.nanmax(scaled) - np.nanmin(scaled)
    return np.asarray((scaled - np.nanmin(scaled)) / (extent or 1.0))


def spread(n: int, axis: str) -> Numbers:
    """How far each of `n` trials is moved aside: evenly, and always by the same amount."""
    return np.asarray(0.5 * ((np.arange(n) * _PLASTIC[axis]) % 1 - 0.5))
