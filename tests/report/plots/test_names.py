"""`sweep.plots` as Python code meets it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sweep import plots

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


def test_drawing_imports_no_tensorflow_and_no_pyplot() -> None:
    program = "import sys; from sweep import plots; print('tensorflow' in sys.modules, " + (
        "'matplotlib.pyplot' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stdout == "False False\n"


def test_every_plot_has_its_name_in_the_public_module() -> None:
    searched = {"importances", "slices", "pairs", "parallel"}
    values = {"history", "intervals", "curves", "pareto_front"}
    assert set(plots.__all__) == searched | values | {"time_spent", "timeline", "failures"}
    assert all(callable(getattr(plots, name)) for name in plots.__all__)
