"""How the sweep went, read back from the figures themselves."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from sweep import plots
from tests.report.studies import Read, failed, searched

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


def test_failures_are_counted_by_reason(read: Read) -> None:
    trials = [failed("nan loss: a"), failed("nan loss: b"), failed("stalled: c"), failed()]
    figure = plots.failures(read(*trials))
    assert sorted(texts_of(figure)) == ["nan loss", "no reason recorded", "stalled"]
    assert sorted(text.get_text() for text in figure.axes[0].texts) == ["1", "1", "2"]


def test_the_time_is_divided_among_what_was_done(read: Read) -> None:
    figure = plots.time_spent(read(*searched(4)))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "train 50%",
        "evaluate 25%",
        "build 0%",
        "overhead 25%",
    ]


def texts_of(figure: Figure) -> list[str]:
    figure.canvas.draw()
    (axes,) = figure.axes
    return [tick.get_text() for tick in axes.get_yticklabels()]
