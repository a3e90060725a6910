"""Every figure of a study's report: its title, its caption, and its file."""

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
    """A kind of figure of a study."""

    name: str
    title: str
    caption: str
    draw: Callable[..., Figure]
    """Draws it from a study, with a `width` in inches."""
    applies: Callable[[StudyData], bool] = _always
    """Whether the study can have such a figure, once it has trials."""


PLOTS = (
    Plot(
        "pareto-front",
        "Pareto front",
        "The orange trials are Pareto-optimal: no other trial is at least as good in every metric.",
        plots.pareto_front,
        _has_several_metrics,
    ),
    Plot(
        "intervals",
        "Configurations over several seeds",
        "Each dot is a training. The line contains the true mean with 95% confidence, by Student's "
        "t. The diamond is the value in the sweep. It tends to be too good, because the "
        "configuration was chosen for it.",
        plots.intervals,
        _has_several_seeds,
    ),
    Plot(
        "history",
        "Best value over the trials",
        "Each dot is a complete trial. The line is the best value so far.",
        plots.history,
    ),
    Plot(
        "curves",
        "Learning curves",
        "What each trial reported while it trained. A dot ends a trial that was pruned or failed.",
        plots.curves,
        _has_one_metric,
    ),
    Plot(
        "importances",
        "Which params matter",
        "How much each param separates the best tenth of the trials from the rest, by Optuna's "
        "PED-ANOVA. The thin line shows the effect of chance: it contains nine in ten of the "
        "importances that random draws from these trials give. If it is long, there are too few "
        "trials to be sure.",
        plots.importances,
        _has_params,
    ),
    Plot(
        "slices",
        "The metric over each param",
        "A dot is a complete trial. Later trials are darker, and the best is orange. The most "
        "important params come first.",
        plots.slices,
        _has_params,
    ),
    Plot(
        "pairs",
        "Two params at a time",
        "A dot is a complete trial. Better trials are darker, and the best is orange.",
        plots.pairs,
        _has_two_params,
    ),
    Plot(
        "parallel",
        "Params of each trial",
        "A line is a complete trial, from its params to its value. The best is orange, and the "
        "best tenth is blue.",
        plots.parallel,
        _has_params,
    ),
    Plot(
        "history-time",
        "Best value over time",
        "If the line has been level for a long time, more of the same search will hardly help.",
        partial(plots.history, by="time"),
    ),
    Plot(
        "time-spent",
        "Where the time went",
        "The time of the trials, by the way they ended. Overhead is starting, saving, ending, and "
        "lost attempts.",
        plots.time_spent,
    ),
    Plot(
        "timeline",
        "When each trial ran",
        "A bar is a trial, in a slot that was free when it started. Empty space was idle.",
        plots.timeline,
    ),
    Plot("failures", "Why trials failed", "", plots.failures, _has_failures),
)


@dataclass(frozen=True)
class Picture:
    """A drawn figure."""

    plot: Plot
    study: StudyData
    figure: Figure

    @property
    def source(self) -> str:
        """The figure as a data URL."""
        return _address(_render(self.figure, self.plot.name, "svg", **_READ_IN_A_BROWSER))

    @property
    def narrow_source(self) -> str:
        """The same, drawn for a phone's narrow screen."""
        figure = self.plot.draw(self.study, width=NARROW)
        return _address(_render(figure, f"{self.plot.name} narrow", "svg", **_READ_IN_A_BROWSER))

    def save(self, folder: Path) -> None:
        """Writes the figure as SVG and as PNG."""
        for kind in ("svg", "png"):
            data = _render(self.figure, self.plot.name, kind)
            (folder / f"{self.plot.name}.{kind}").write_bytes(data)


def draw_all(study: StudyData) -> tuple[list[Picture], list[str]]:
    """Every figure that the study has, and why others are not possible yet."""
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
"""Text stays text, which is small and sharp, on a background of any colour."""


def _render(figure: Figure, salt: str, kind: str, **settings: Any) -> bytes:
    file = io.BytesIO()
    style: Any = {**STYLE, "svg.hashsalt": salt, "savefig.dpi": DPI, **settings}
    with mpl.rc_context(style):
        metadata = {"Date": None} if kind == "svg" else None
        figure.savefig(file, format=kind, metadata=metadata)
    return file.getvalue()


def _address(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
