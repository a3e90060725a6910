"""Plots of a study, each a matplotlib Figure that belongs to the caller.

matplotlib draws all of them, without a network or a browser, for the screen, for paper or for a
file. Nothing here changes pyplot or its settings.
"""

from sweep.report.plots.parallel_axes import parallel
from sweep.report.plots.params import importances, pairs, slices
from sweep.report.plots.running import failures, time_spent, timeline
from sweep.report.plots.values import curves, history, intervals, pareto_front

__all__ = [
    "curves",
    "failures",
    "history",
    "importances",
    "intervals",
    "pairs",
    "parallel",
    "pareto_front",
    "slices",
    "time_spent",
    "timeline",
]
