"""Every figure of a study's report: its title, what it tells, and its file."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from sweep.errors import UsageError
from sweep.report import plots
from sweep.report.drawing import NARROW, STYLE
from sweep.results.configurations import are_several
from sweep.results.data import StudyData

DPI = 150
DPI_ON_A_PAGE = 120


def _always(study: StudyData) -> bool:
    return True


def _has_several_metrics(study: StudyData) -> bool:
    return len(study.metrics) > 1


def _has_several_seeds(study: StudyData) -> bool:
    return len(study.metrics) == 1 and are_several(study.decoded.columns)


def _has_one_metric(study: StudyData) -> bool:
    return len(study.metrics) == 1


def _has_params(study: StudyData) -> bool:
    return _n_params(study) > 0


def _has_two_params(study: StudyData) -> bool:
    return _n_params(study) > 1


def _n_params(study: StudyData) -> int:
    return sum(name.startswith("params_") for name in study.decoded.columns)


def _has_failures(study: StudyData) -> bool:
    return "FAIL" in study.summary.states


@dataclass(frozen=True)
class Plot:
    """A figure to be drawn of a study."""

    name: str
    title: str
    caption: str
    draw: Callable[..., Figure]
    """From a study and `width`, in inches."""
    applies: Callable[[StudyData], bool] = _always
    """Whether a study of this kind has such a figure, once it has trials."""


PLOTS = (
    Plot(
        "pareto-front",
        "Pareto front",
        "In orange the trials that no other is at least as good as by every metric.",
        plots.pareto_front,
        _has_several_metrics,
    ),
    Plot(
        "intervals",
        "Configurations over several seeds",
        "Each dot is a training; the line holds the true mean with 95% confidence, by Student's t. "
        "The diamond is what the sweep had measured: it was chosen because it is high.",
        plots.intervals,
        _has_several_seeds,
    ),
    Plot(
        "history",
        "Best value over the trials",
        "Each dot is a complete trial; the line is the best until then.",
        plots.history,
    ),
    Plot(
        "curves",
        "Learning curves",
        "What each trial reported while it trained. A dot ends those that were pruned or failed.",
        plots.curves,
        _has_one_metric,
    ),
    Plot(
        "importances",
        "Which params matter",
        "What leads into the best tenth of the trials, by Optuna's PED-ANOVA. The thin line is how "
        "far chance goes: nine in ten of the same made of trials drawn from these at random. Where "
        "it is long, there are too few trials to tell.",
        plots.importances,
        _has_params,
    ),
    Plot(
        "slices",
        "The metric over each param",
        "A dot is a complete trial, the later the stronger; the best is orange. The most important "
        "params come first.",
        plots.slices,
        _has_params,
    ),
    Plot(
        "pairs",
        "Two params at a time",
        "A dot is a complete trial, the better the stronger; the best is orange.",
        plots.pairs,
        _has_two_params,
    ),
    Plot(
        "parallel",
        "Params of each trial",
        "A line is a complete trial, from its params to its value: the best is orange, the best "
        "tenth blue.",
        plots.parallel,
        _has_params,
    ),
    Plot(
        "history-time",
        "Best value over time",
        "A line that has long been level says that more of the same search will hardly help.",
        partial(plots.history, by="time"),
    ),
    Plot(
        "time-spent",
        "Where the time went",
        "The time of the trials by how they ended. Overhead is starting, saving, ending, and "
        "attempts that were lost.",
        plots.time_spent,
    ),
    Plot(
        "timeline",
        "When each trial ran",
        "A bar is a trial, in a slot that was free when it started. What is empty was idle.",
        plots.timeline,
    ),
    Plot("failures", "Why trials failed", "", plots.failures, _has_failures),
)


@dataclass(frozen=True)
class Picture:
    """A figure that was drawn."""

    plot: Plot
    study: StudyData
    figure: Figure

    @property
    def source(self) -> str:
        """The figure as the address of an image that holds itself."""
        return _address(_render(self.figure, self.plot.name, "svg", **_READ_IN_A_BROWSER))

    @property
    def narrow_source(self) -> str:
        """The same, drawn for a screen as narrow as a telephone's."""
        figure = self.plot.draw(self.study, width=NARROW)
        return _address(_render(figure, f"{self.plot.name} narrow", "svg", **_READ_IN_A_BROWSER))

    def save(self, folder: Path) -> None:
        """Writes the figure as SVG and as PNG."""
        for kind in ("svg", "png"):
            data = _render(self.figure, self.plot.name, kind)
            (folder / f"{self.plot.name}.{kind}").write_bytes(data)


def draw_all(study: StudyData) -> tuple[list[Picture], list[str]]:
    """Every figure that such a study has, and why there is none yet of the others."""
    pictures, missing = [], []
    for plot in PLOTS:
        if not plot.applies(study):
            continue
        try:
            pictures.append(Picture(plot, study, plot.draw(study)))
        except UsageError as error:
            missing.append(str(error))
    return pictures, list(dict.fromkeys(missing))


_READ_IN_A_BROWSER: dict[str, Any] = {
    "svg.fonttype": "none",
    "savefig.transparent": True,
    "savefig.dpi": DPI_ON_A_PAGE,
}
"""Text as text, which is small and sharp, upon whatever colour the page has."""


def _render(figure: Figure, salt: str, kind: str, **settings: Any) -> bytes:
    file = io.BytesIO()
    style: Any = {**STYLE, "svg.hashsalt": salt, "savefig.dpi": DPI, **settings}
    with mpl.rc_context(style):
        metadata = {"Date": None} if kind == "svg" else None
        figure.savefig(file, format=kind, metadata=metadata)
    return file.getvalue()


def _address(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
