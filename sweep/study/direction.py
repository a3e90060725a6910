"""Whether a larger value of a metric is better, judged by the metric's name."""

from __future__ import annotations

import re

MAXIMIZE, MINIMIZE = "maximize", "minimize"
_MAXIMIZED = re.compile(r"acc|auc|precision|recall|f1|iou|map\b|bleu|score|reward", re.IGNORECASE)
_MINIMIZED = re.compile(r"loss|error|mse|mae|perplexity|cost|distance", re.IGNORECASE)


def direction_of(metric: str) -> str | None:
    """The direction in which a metric is better; None if its name does not say."""
    if _MINIMIZED.search(metric):
        return MINIMIZE
    return MAXIMIZE if _MAXIMIZED.search(metric) else None
