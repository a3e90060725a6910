"""Every figure of a report: drawn if there is data for it, and written as a file."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pytest

from sweep.report.figures import PLOTS, draw_all
from tests.report.studies import Read, failed, searched

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

LACKING = ("pareto-front", "intervals")


def test_every_figure_is_drawn_of_a_study_of_every_kind_of_param(read: Read) -> None:
    pictures, missing = draw_all(read(*searched(30), failed("nan loss: at step 3")))
    assert [p.plot.name for p in pictures] == [p.name for p in PLOTS if p.name not in LACKING]
    assert missing == []


def test_each_figure_is_written_as_svg_and_png(read: Read, tmp_path: Path) -> None:
    pictures, _ = draw_all(read(*searched(5)))
    for picture in pictures:
        picture.save(tmp_path)
        assert (tmp_path / f"{picture.plot.name}.svg").read_text().startswith("<?xml")
        assert (tmp_path / f"{picture.plot.name}.png").read_bytes().startswith(b"\x89PNG")


def test_a_study_without_trials_has_no_figure_and_says_why(read: Read) -> None:
    pictures, missing = draw_all(read())
    assert pictures == []
    assert missing == [
        "No trial of study 'study' is complete yet.",
        "No trial of study 'study' has reported a learning curve.",
        "No trial of study 'study' has ended yet.",
    ]


def test_trials_without_params_or_with_one_value_for_all_are_drawn(read: Read) -> None:
    pictures, missing = draw_all(read(*[{"value": 0.5}] * 5))
    shown = ["history", "history-time", "time-spent", "timeline"]
    assert [picture.plot.name for picture in pictures] == shown
    assert missing == ["No trial of study 'study' has reported a learning curve."]


def test_infinite_values_are_left_out(read: Read) -> None:
    trials = searched(8)
    trials[0]["value"], trials[1]["value"] = float("inf"), float("-inf")
    pictures, _ = draw_all(read(*trials))
    assert len(pictures) == len(PLOTS) - 3


def test_drawing_leaves_the_settings_of_matplotlib_alone(read: Read) -> None:
    before = dict(mpl.rcParams)
    draw_all(read(*searched(5)))
    assert dict(mpl.rcParams) == before
