"""What the params do, read back from the figures themselves."""

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
    assert sorted(x for x, _ in np.asarray(points)) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    (lines,) = plots.parallel(study).axes[0].collections
    assert isinstance(lines, LineCollection)
    assert sorted(map(len, lines.get_segments())) == [2] * 3 + [3] * 9
