"""How the sweep went: where the time was spent, when each trial ran, and why trials failed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sweep import attrs
from sweep.errors import UsageError
from sweep.report.drawing import (
    BLUE,
    GREY,
    MOST_VECTORS,
    NARROW,
    ORANGE,
    RED,
    WIDTH,
    panels,
    styled,
)
from sweep.report.shown import ended, since_start, slots, unit_of_time
from sweep.results.data import StudyData
from sweep.results.tables import failure_reasons

_STATE_COLORS = {"COMPLETE": BLUE, "PRUNED": "#9dbfe3", "FAIL": RED}
_PHASES = {"train": BLUE, "evaluate": ORANGE, "build": "#6b9e4f", "overhead": GREY}


@styled
def time_spent(study: StudyData, *, width: float = WIDTH) -> Figure:
    """Where the time of the trials went, for each state in which they ended.

    Overhead is the time of a trial without building, training and evaluating.

    Args:
        study: the study.
        width: the width of the figure, in inches.

    Raises:
        UsageError: no trial has ended.
    """
    trials = ended(study)
    seconds = pd.DataFrame(
        {
            phase: trials.get(attrs.seconds(phase), pd.Series(0.0, trials.index)).fillna(0.0)
            for phase in _PHASES
            if phase != "overhead"
        }
    )
    total = trials["duration"].dt.total_seconds()
    seconds["overhead"] = (total - seconds.sum(axis=1)).clip(lower=0)
    sums = seconds.groupby(trials["state"].astype(str)).sum()
    scale, unit = unit_of_time(sums.sum(axis=1))
    figure, (axes,) = panels(1, width, 1.1 + 0.4 * len(sums))
    left = np.zeros(len(sums))
    for phase, color in _PHASES.items():
        widths = sums[phase].to_numpy() / scale
        share = sums[phase].sum() / float(sums.to_numpy().sum() or 1)
        label = f"{phase} {share:.0%}"
        axes.barh(list(sums.index), widths, left=left, color=color, height=0.6, label=label)
        left = left + widths
    axes.set_xlabel(f"{unit} of all trials together")
    axes.grid(axis="y", visible=False)
    axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=4 if width > NARROW else 2)
    return figure


@styled
def timeline(study: StudyData, *, width: float = WIDTH) -> Figure:
    """Each trial as a bar in a slot that was free when it started; empty space was idle.

    Args:
        study: the study.
        width: the width of the figure, in inches.

    Raises:
        UsageError: no trial has ended.
    """
    bars = ended(study)[["state"]].astype(str)
    bars["begin"] = since_start(study, "datetime_start")
    bars["end"] = since_start(study, "datetime_complete")
    bars = bars.sort_values("begin", kind="stable")
    bars["slot"] = slots(bars["begin"], bars["end"])
    n_slots = bars["slot"].max() + 1
    scale, unit = unit_of_time(bars["end"])
    figure, (axes,) = panels(1, width, 1.2 + min(5.0, 0.3 * n_slots))
    for slot in range(n_slots):
        of_slot = bars[bars["slot"] == slot]
        begin, length = of_slot["begin"] / scale, (of_slot["end"] - of_slot["begin"]) / scale
        axes.broken_barh(
            list(zip(begin, length, strict=True)),
            (slot - 0.38, 0.76),
            facecolors=of_slot["state"].map(_STATE_COLORS).tolist(),
            edgecolors="white",
            lw=0.4 if len(bars) < MOST_VECTORS / 4 else 0,
            rasterized=len(bars) > MOST_VECTORS,
        )
    axes.set_yticks(range(n_slots))
    axes.set_ylim(n_slots - 0.4, -0.6)
    axes.set_ylabel("slot")
    axes.set_xlabel(f"{unit} since the first trial started")
    axes.grid(axis="y", visible=False)
    keys = [Patch(color=_STATE_COLORS[state], label=state) for state in bars["state"].unique()]
    figure.legend(handles=keys, loc="outside upper center", ncols=len(keys))
    return figure


@styled
def failures(study: StudyData, *, width: float = WIDTH) -> Figure:
    """How many trials failed for each reason.

    Args:
        study: the study.
        width: the width of the figure, in inches.

    Raises:
        UsageError: no trial has failed.
    """
    counts = failure_reasons(study.trials).value_counts(ascending=True)
    if counts.empty:
        raise UsageError(f"No trial of study {study.summary.name!r} has failed.")
    figure, (axes,) = panels(1, width, 0.8 + 0.33 * len(counts))
    bars = axes.barh(counts.index, counts, color=RED, height=0.6)
    axes.bar_label(bars, padding=3)
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("failed trials")
    axes.grid(axis="y", visible=False)
    return figure
