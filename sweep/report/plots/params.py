"""The effect of params: which of them matter, and where in the search space values are good."""

from __future__ import annotations

from itertools import combinations

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from sweep.errors import UsageError
from sweep.report.drawing import (
    BLUE,
    INK,
    MOST_PANELS,
    ORANGE,
    PALE_TO_DARK,
    WIDTH,
    marks,
    panels,
    styled,
    value_colors,
)
from sweep.report.scales import View, place
from sweep.report.shown import complete, having, important
from sweep.results.data import StudyData

MOST_BARS = 12
PANEL = 1.9
"""The minimal width of a panel of a param, in inches."""


@styled
def importances(study: StudyData, *, width: float = WIDTH) -> Figure:
    """How much each param influences each metric, and how much of that is chance.

    A thin line contains nine in ten of the importances of trials that are drawn at random from
    these, with replacement (the bootstrap: Efron, Annals of Statistics 7, 1979).

    Args:
        study: the study.
        width: the width of the figure, in inches.

    Raises:
        UsageError: too few trials are complete.
    """
    spread = study.importance_spread.set_index(["metric", "param"])
    height = 0.9 + 0.27 * min(MOST_BARS, len(important(study)))
    figure, grid = panels(len(study.metrics), width, height)
    for axes, metric in zip(grid, study.metrics, strict=True):
        table = study.importances[study.importances["metric"] == metric].iloc[:MOST_BARS]
        params, shares = table["param"].tolist(), table["importance"].to_numpy()
        rows = range(len(params))
        axes.barh(rows, shares, color=BLUE, height=0.62)
        for row, param in enumerate(params):
            between = spread.loc[(metric, param), ["low", "high"]].to_numpy(dtype=float)
            axes.plot(between, [row, row], color=INK, lw=1.4, solid_capstyle="butt")
        names = [f"{name}  {_percent(share)}" for name, share in zip(params, shares, strict=True)]
        axes.set_yticks(rows, names)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.invert_yaxis()
        axes.set_xlabel(f"{metric}, by {len(complete(study))} trials")
        axes.grid(axis="y", visible=False)
    return figure


@styled
def slices(study: StudyData, *, width: float = WIDTH) -> Figure:
    """The first metric over each of the most important params; later trials are darker.

    All panels show the same range of values. The best trials are orange: one, or the Pareto front.

    Args:
        study: the study.
        width: the width of the figure, in inches.

    Raises:
        UsageError: too few trials are complete.
    """
    (metric, column), *_ = study.metrics.items()
    trials = complete(study, column)
    params = important(study)[:MOST_PANELS]
    figure, grid = panels(len(params), width, 2.3, PANEL, sharey=True)
    view = View.of(trials[column], study.summary.directions[0])
    for axes, param in zip(grid, params, strict=True):
        shown = having(trials, param)
        positions = place(axes, "x", study, param, shown)
        view.scatter(
            axes,
            positions,
            shown[column],
            c=shown["number"],
            cmap=PALE_TO_DARK,
            vmin=-trials["number"].max() / 3,
            vmax=trials["number"].max(),
            **marks(len(shown), len(params)),
        )
        best = shown["number"].isin(study.best.numbers).to_numpy()
        axes.plot(positions[best], shown[column][best], "o", color=ORANGE, ms=5)
        view.apply(axes)
        spec = axes.get_subplotspec()
        if spec is not None and spec.is_first_col():
            axes.set_ylabel(metric)
    view.note(grid[0])
    return figure


@styled
def pairs(study: StudyData, *, width: float = WIDTH) -> Figure:
    """Trials over each two of the three most important params; better trials are darker.

    Better trials lie on top of others. The best are orange. Nothing is drawn where no trial was.

    Args:
        study: the study.
        width: the width of the figure, in inches.

    Raises:
        UsageError: too few trials are complete, or the study searches a single param.
    """
    (metric, column), *_ = study.metrics.items()
    params = important(study)[:3]
    if len(params) < 2:
        raise UsageError(f"Study {study.summary.name!r} searches fewer than two params.")
    direction = study.summary.directions[0]
    trials = complete(study, column)
    trials = trials.sort_values(column, ascending=direction == "maximize", kind="stable")
    colors = value_colors(trials[column], direction)
    couples = list(combinations(params, 2))
    figure, grid = panels(len(couples), width, 2.6, PANEL)
    for axes, (first, second) in zip(grid, couples, strict=True):
        shown = having(trials, first, second)
        x = place(axes, "x", study, first, shown)
        y = place(axes, "y", study, second, shown)
        how = marks(len(x), len(couples)) | {"alpha": 0.9}
        points = axes.scatter(x, y, c=shown[column], **colors, **how)
        best = shown["number"].isin(study.best.numbers).to_numpy()
        axes.plot(x[best], y[best], "o", color=ORANGE, ms=6, mec="white", mew=0.8)
    bar = figure.colorbar(
        points,
        ax=grid,
        label=metric,
        extend="min" if direction == "maximize" else "max",
        **({"shrink": 0.9} if width == WIDTH else {"location": "top", "aspect": 30}),
    )
    bar.outline.set_visible(False)
    return figure


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "<1%"
