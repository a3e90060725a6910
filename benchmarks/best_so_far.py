"""Compares searches by the best accuracy that each had found by when, as a table and a picture."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from sweep.report.drawing import STYLE, WIDTH

COLUMNS = ("contender", "seed", "seconds", "accuracy")
COLOURS = (
    *("#3d4852", "#e0a11a", "#8b5cc4", "#c43d3d", "#2f6fb5"),
    *("#35b0c9", "#2f9e57", "#a9824f", "#d277b0", "#a9b2bc"),
)
NOTHING = pd.DataFrame({"seconds": [0.0], "accuracy": [0.0]})
"""The accuracy that every search has found at its start."""
Curve = pd.Series
"""The best accuracy so far, by the seconds since the search's process started."""


def curves_of(found: pd.DataFrame) -> dict[str, dict[int, Curve]]:
    """The curves of each contender by their seeds.

    Args:
        found: rows of COLUMNS, including a NOTHING for each search.
    """
    curves: dict[str, dict[int, Curve]] = {}
    for (contender, seed), rows in found.groupby(["contender", "seed"], sort=False):
        curve = rows.set_index("seconds")["accuracy"].sort_index(kind="stable").cummax()
        curves.setdefault(contender, {})[seed] = curve
    return curves


class Comparison:
    """The contenders and a level to reach: what one of them, which is to be beaten, has at the end.

    If several searches give one number, it is their median.
    """

    def __init__(
        self, curves: Mapping[str, Mapping[int, Curve]], beaten: str, seconds: float
    ) -> None:
        """
        Args:
            curves: by contender and seed.
            beaten: the contender whose accuracy at the end is the level.
            seconds: how long each search ran.
        """
        self._seconds = seconds
        self._curves = {contender: list(by_seed.values()) for contender, by_seed in curves.items()}
        self._beaten = beaten
        self._level = self._at_end(beaten)
        self._times = {
            contender: [_time_to(self._level, curve) for curve in found]
            for contender, found in self._curves.items()
        }
        self._best_first = sorted(curves, key=lambda name: (self._time(name), -self._at_end(name)))

    def table(self) -> str:
        """Which contender reaches the level first, and all of them in this order."""
        head = ("", "s to the level", f"of {self._beaten}", "seeds that reach it")
        head = (*head, "after a third of the time", "at the end")
        rows = [head, ("---",) * len(head), *map(self._row, self._best_first)]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        return f"{self._verdict()}\n\n{table}"

    def picture(self) -> Figure:
        """The error of the best so far: each contender's median, and the range of its seeds."""
        at = np.linspace(0, self._seconds, 400)
        with rc_context(STYLE):
            figure = Figure(figsize=(WIDTH, 4.5), layout="constrained")
            axes = figure.subplots()
            colours = dict(zip(self._curves, COLOURS, strict=False))
            for contender in sorted(self._curves, key=self._at_end):
                errors = [1 - _values(curve, at) for curve in self._curves[contender]]
                band = np.min(errors, axis=0), np.max(errors, axis=0)
                label = f"{1 - self._at_end(contender):.4f}  {contender}"
                axes.plot(at, np.median(errors, axis=0), color=colours[contender], label=label)
                axes.fill_between(at, *band, color=colours[contender], alpha=0.12, lw=0)
            self._draw_level(axes)
            axes.set(xlabel="seconds", ylabel="error of the best so far", yscale="log")
            axes.set(xlim=(0, self._seconds), ylim=(None, min(1, 10 * (1 - self._level))))
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_locator(NullLocator())
            figure.legend(loc="outside right upper", title="error at the end")
        return figure

    def _draw_level(self, axes: Axes) -> None:
        axes.axhline(1 - self._level, color="#5b6670", ls="--", lw=1)
        axes.annotate(
            f"the level: {self._beaten}, at the end",
            (0, 1 - self._level),
            (4, -10),
            textcoords="offset points",
            color="#5b6670",
            fontsize="small",
        )

    def _verdict(self) -> str:
        level = f"The level is what {self._beaten} has at the end: accuracy {self._level:.4f}."
        best = self._best_first[0]
        share = self._time(best) / self._time(self._beaten)
        return f"{level} The first there is {best}, in {share:.2f} of the time."

    def _row(self, contender: str) -> tuple[str, ...]:
        times, curves = self._times[contender], self._curves[contender]
        n_reached = sum(map(math.isfinite, times))
        share = self._time(contender) / self._time(self._beaten)
        return (
            contender,
            _range(times, "{:.0f}") if n_reached else "never",
            f"{share:.2f}" if math.isfinite(share) else "-",
            f"{n_reached} of {len(times)}",
            _range([float(_values(curve, self._seconds / 3)) for curve in curves], "{:.4f}"),
            _range([float(curve.iloc[-1]) for curve in curves], "{:.4f}"),
        )

    def _time(self, contender: str) -> float:
        return statistics.median_low(self._times[contender])

    def _at_end(self, contender: str) -> float:
        return statistics.median_low(float(curve.iloc[-1]) for curve in self._curves[contender])


def _time_to(level: float, curve: Curve) -> float:
    reached = curve[curve >= level]
    return float(reached.index[0]) if len(reached) else math.inf


def _values(curve: Curve, at: ArrayLike) -> NDArray[np.float64]:
    """The values of a curve at these seconds."""
    return curve.to_numpy()[np.searchsorted(curve.index, at, side="right") - 1]


def _range(numbers: Sequence[float], form: str) -> str:
    """Their median, minimum and maximum."""
    few = (statistics.median_low(numbers), min(numbers), max(numbers))
    shown = [form.format(number) if math.isfinite(number) else "never" for number in few]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"
