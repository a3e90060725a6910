"""The axes of plots: their range and their ticks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sweep.report.scales import View, decimal, label_decades


@pytest.mark.parametrize(("direction", "sign"), [("maximize", 1), ("minimize", -1)])
def test_two_bad_starts_of_twenty_do_not_stretch_the_range(direction: str, sign: int) -> None:
    values = pd.Series([-3.2, -2.9, *np.linspace(0.6, 0.95, 18)]) * sign
    view = View.of(values, direction)
    assert view.limits is not None
    assert np.ptp(view.limits) < 0.5
    assert (view.n_outside, view.worst) == (2, -3.2 * sign)


@pytest.mark.parametrize("values", [np.linspace(0, 1, 30), np.ones(9), [0.1, 0.9]])
def test_values_without_outliers_are_shown_whole(values: list[float]) -> None:
    assert View.of(pd.Series(values), "maximize").limits is None


def test_what_lies_outside_is_an_arrow_at_the_edge() -> None:
    values = pd.Series([-50.0, *np.linspace(0.6, 0.95, 18)])
    view = View.of(values, "maximize")
    axes = Figure().subplots()
    view.scatter(axes, range(19), values)
    view.apply(axes)
    view.note(axes)
    _, arrow = axes.collections
    assert axes.get_ylim()[0] < np.asarray(arrow.get_offsets())[0, 1] < 0.6
    assert axes.get_title(loc="left") == "1 trial below, down to -50"


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (2e-5, 0.6, ["1e-4", "1e-3", "0.01", "0.1"]),
        (8, 253, ["10", "20", "50", "100", "200"]),
        (30, 40, ["30"]),
    ],
)
def test_a_log_axis_has_round_numbers(low: float, high: float, labels: list[str]) -> None:
    figure = Figure(figsize=(3, 2))
    axes = figure.subplots()
    axes.set(xscale="log", xlim=(low, high))
    label_decades(axes.xaxis, np.array([low, high]))
    shown = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert [decimal(tick) for tick in shown][: len(labels)] == labels
    assert len(axes.xaxis.get_minorticklocs()) >= len(shown)
