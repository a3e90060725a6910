"""The effects of the params, read back from the figures themselves."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from sweep import plots
from tests.report.studies import DISTRIBUTIONS, Read, searched

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


def test_a_choice_of_none_is_shown_and_a_param_that_a_trial_lacks_is_not(read: Read) -> None:
    trials = searched(12)
    for number, trial in enumerate(trials):
        trial["params"] = {"layers": number % 4 + 1} | (
            {"kind": ["tanh", "relu", None][number % 3]} if number < 9 else {}
        )
        trial["distributions"] = {name: DISTRIBUTIONS[name] for name in trial["params"]}
    study = read(*trials)
    figure = plots.slices(study)
    figure.canvas.draw()
    (axes,) = [axes for axes in figure.axes if axes.get_xlabel() == "kind"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["tanh", "relu", "None"]
    points = axes.collections[0].get_offsets()
    assert sorted(round(x) for x, _ in np.asarray(points)) == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_a_line_goes_beside_the_axis_of_a_param_that_the_trial_lacks(read: Read) -> None:
    figure = plots.parallel(read(*searched(12)))
    (axes,) = figure.axes
    figure.canvas.draw()
    where = [tick.get_text() for tick in axes.get_xticklabels()].index("units")
    lines = [c for c in axes.collections if isinstance(c, LineCollection)]
    heights = [segment[where, 1] for drawn in lines for segment in drawn.get_segments()]
    n_lacking = sum("units" not in trial["params"] for trial in searched(12))
    assert sum(height < 0 for height in heights) == n_lacking > 0
    assert "absent" in [text.get_text() for text in axes.texts]


def test_all_panels_of_slices_have_one_range_of_values(read: Read) -> None:
    figure = plots.slices(read(*searched(30), {"value": -40.0}))
    limits = {axes.get_ylim() for axes in figure.axes}
    assert len(limits) == 1
    assert limits.pop()[0] > -1


def test_pairs_draw_nothing_but_trials(read: Read) -> None:
    study = read(*searched(20))
    figure = plots.pairs(study)
    for axes in figure.axes[:3]:
        (points,) = axes.collections
        assert len(np.asarray(points.get_offsets())) <= 20
        assert len(axes.lines) == 1, "the best"


@pytest.mark.parametrize(("n", "least", "most"), [(12, 0.2, 1.0), (300, 0.0, 0.2)])
def test_the_fewer_the_trials_the_longer_what_chance_does_to_importances(
    read: Read, n: int, least: float, most: float
) -> None:
    trials = searched(n)
    for trial in trials:
        trial["value"] -= 2 * abs(np.log10(trial["params"]["rate"]) + 2.5)
    figure = plots.importances(read(*trials))
    (axes,) = figure.axes
    lengths = [float(np.ptp(line.get_xdata())) for line in axes.lines]
    assert least < lengths[0] < most
    assert axes.get_xlabel() == f"accuracy, by {n} trials"


@pytest.mark.parametrize("width", [3.9, 8.0])
def test_a_figure_is_as_wide_as_it_is_asked_for(read: Read, width: float) -> None:
    study = read(*searched(6))
    for name in ("history", "curves", "importances", "slices", "pairs", "parallel", "timeline"):
        assert getattr(plots, name)(study, width=width).get_figwidth() == width
