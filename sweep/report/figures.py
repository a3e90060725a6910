"""Every figure of a study's report: its title, what it tells, and its file."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from sweep.errors import UsageError
from sweep.report import plots
from sweep.report.drawing import STYLE
from sweep.results.data import StudyData

DPI = 150


@dataclass(frozen=True)
class Plot:
    """A figure to be drawn of a study."""

    name: str
    title: str
    caption: str
    draw: Callable[[StudyData], Figure]


PLOTS = (
    Plot(
        "pareto-front",
        "Pareto front",
        "In orange the trials that no other is at least as good as by every metric.",
        plots.pareto_front,
    ),
    Plot(
        "intervals",
        "Configurations over several seeds",
        "Each dot is a training; the line holds the true mean with 95% confidence, by Student's t. "
        "The diamond is what the sweep had measured: it was chosen because it is high.",
        plots.intervals,
    ),
    Plot(
        "history",
        "Best value over the trials",
        "Each dot is a complete trial; the line is the best until then.",
        plots.history,
    ),
    Plot(
        "history-time",
        "Best value over time",
        "The same over the time since the first trial began. A line that has long been level says "
        "that more of the same search will hardly help.",
        partial(plots.history, by="time"),
    ),
    Plot(
        "curves",
        "Learning curves",
        "What each trial reported while it trained; lines that end early were pruned or failed.",
        plots.curves,
    ),
    Plot(
        "importances",
        "Which params matter",
        "What leads into the best tenth of the trials, by Optuna's PED-ANOVA.",
        plots.importances,
    ),
    Plot(
        "slices",
        "The metric over each param",
        "A dot a complete trial, the later the darker; the most important params first.",
        plots.slices,
    ),
    Plot(
        "contours",
        "Two params at a time",
        "The better, the darker. Between the trials the colour is a guess.",
        plots.contours,
    ),
    Plot(
        "parallel",
        "Params of each trial",
        "A line a complete trial, from its params to its value; the better, the darker.",
        plots.parallel,
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
        "A bar a trial, in a slot that was free when it began. What is white was idle.",
        plots.timeline,
    ),
    Plot("failures", "Why trials failed", "Trials that ended as FAIL.", plots.failures),
)


@dataclass(frozen=True)
class Picture:
    """A figure that was drawn."""

    plot: Plot
    figure: Figure

    @property
    def source(self) -> str:
        """The figure as the address of an image that holds itself."""
        return "data:image/svg+xml;base64," + base64.b64encode(self._render("svg")).decode()

    def save(self, folder: Path) -> None:
        """Writes the figure as SVG and as PNG."""
        for kind in ("svg", "png"):
            (folder / f"{self.plot.name}.{kind}").write_bytes(self._render(kind))

    def _render(self, kind: str) -> bytes:
        file = io.BytesIO()
        with mpl.rc_context({**STYLE, "svg.hashsalt": self.plot.name}):
            metadata = {"Date": None} if kind == "svg" else None
            self.figure.savefig(file, format=kind, dpi=DPI, metadata=metadata)
        return file.getvalue()


def draw_all(study: StudyData) -> tuple[list[Picture], list[str]]:
    """Every figure that the study has something for, and why there is none of the others."""
    pictures, missing = [], []
    for plot in PLOTS:
        try:
            pictures.append(Picture(plot, plot.draw(study)))
        except UsageError as error:
            missing.append(str(error))
    return pictures, list(dict.fromkeys(missing))
