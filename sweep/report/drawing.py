"""How the plots of a study are drawn: their style, panels, marks and colours."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import wraps
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

WIDTH = 8.0
"""The width of a figure, in inches."""
NARROW = 3.9
"""The width of a figure for the page on a phone, in inches."""
MOST_PANELS = 6
MOST_VECTORS = 600
"""More marks than this are drawn as pixels, because an SVG of them would be slow to show."""
BLUE, ORANGE, GREY, RED = "#2f6fb5", "#e07b1a", "#98a2ad", "#c43d3d"
INK = "#39424d"
PALE_TO_DARK = LinearSegmentedColormap.from_list(
    "pale to dark", ["#cdd7e1", "#8fb7dd", "#2f6fb5", "#123a66"]
)
STYLE: Any = {
    "font.size": 9,
    "font.sans-serif": ["system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "DejaVu Sans"],
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.color": "#8a939c",
    "ytick.color": "#8a939c",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8a939c",
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-4, 6),
    "grid.color": "#e6e9ed",
    "legend.frameon": False,
    "svg.fonttype": "path",
    "text.parse_math": False,  # a $ in the name of a param is a $
}


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draws in this style, whatever style the caller has set."""

    @wraps(draw)
    def draw_styled(*args: Any, **kwargs: Any) -> Figure:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return draw_styled


def panels(
    n: int, width: float, height: float, least_width: float = NARROW, **kwargs: Any
) -> tuple[Figure, list[Axes]]:
    """A figure of `n` panels in rows; each row has as many panels as fit.

    Args:
        n: how many panels.
        width: the width of the figure, in inches.
        height: the height of each row, in inches.
        least_width: the minimal width of each panel, in inches.
        **kwargs: arguments of `Figure.subplots`.
    """
    rows = -(-n // max(1, int(width / least_width)))
    columns = -(-n // rows)
    figure = _Picture(figsize=(width, rows * height), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, **kwargs).ravel().tolist()
    for unused in grid[n:]:
        unused.remove()
    return figure, grid[:n]


class _Picture(Figure):
    """A figure that a notebook shows by itself, without `%matplotlib inline`."""

    def _repr_png_(self) -> bytes:
        image = io.BytesIO()
        self.savefig(image, format="png")
        return image.getvalue()


def marks(n: int, n_panels: int = 1) -> dict[str, Any]:
    """How `n` marks of a scatter plot are drawn: more marks are fainter and smaller."""
    return {
        "rasterized": n * n_panels > MOST_VECTORS,
        "alpha": max(0.35, min(0.9, 1000 / max(n, 1))),
        "s": 16 if n < 1000 else 8,
        "edgecolors": "none",
    }


def value_colors(values: pd.Series[float], direction: str) -> dict[str, Any]:
    """A colour map and its limits: better values are darker, the worst half is alike."""
    low, high = float(values.min()), float(values.max())
    middle = float(values.quantile(0.5))
    if direction == "maximize":
        return {"cmap": PALE_TO_DARK, "norm": Normalize(middle, high)}
    return {"cmap": PALE_TO_DARK.reversed(), "norm": Normalize(low, middle)}
