"""Trials of a study side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sweep.cli.screen.table import sentence, table, terminal_width
from sweep.results import format

if TYPE_CHECKING:
    from sweep.results.trials import Trials
    from sweep.storage.reading import StudySummary


def side_by_side(summary: StudySummary, trials: Trials) -> str:
    """A table with a column for each trial of what differs, and below it what is the same."""
    from sweep.results.comparison import beside

    differing, same = beside(summary, trials)
    header = ["", *(f"trial {number}" for number in trials.numbers)]
    rows = [[name, *cells] for name, cells in differing.items()]
    text = table(header, rows, terminal_width(), optional=range(3, len(header)))
    if same:
        text += "\n\n" + sentence(f"The same in all trials: {format.params(same)}")
    return text
