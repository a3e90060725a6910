"""Configurations that were trained with several seeds, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sweep.cli.screen.table import sentence, table, terminal_width
from sweep.results import format

if TYPE_CHECKING:
    from sweep.results.confirmation import Confirmed, Verdict


def describe(verdict: Verdict, top: int | None = None) -> str:
    """A table of the best `top` configurations, or of all, and what it means in sentences."""
    return f"{_table(verdict, top)}\n\n" + "\n".join(map(sentence, verdict.sentences()))


def _table(verdict: Verdict, top: int | None) -> str:
    """One line per configuration, the best first."""
    known = verdict.configurations[:top]
    params = list(dict.fromkeys(name for one in known for name in one.params))
    plain = ["trial", "mean", "std", "95% interval", "seeds"]
    if any(one.failed for one in known):
        plain.append("failed")
    rows = [_cells(one, plain) for one in known]
    if verdict.is_confirmed:
        plain += ["in the sweep", "too good by"]
        rows = [[*row, one.value, one.optimism] for row, one in zip(rows, known, strict=True)]
    plain += known[0].metrics
    rows = [[*row, *one.metrics.values()] for row, one in zip(rows, known, strict=True)]
    rows = [
        [*row, *(one.params.get(name) for name in params)]
        for row, one in zip(rows, known, strict=True)
    ]
    header = [*plain, *params]
    return table(header, rows, terminal_width(), optional=range(2, len(header)))


def _cells(one: Confirmed, names: list[str]) -> list[object]:
    interval = None
    if one.low is not None and one.high is not None:
        interval = f"{format.number(one.low)} to {format.number(one.high)}"
    cells: list[object] = [one.trial, one.mean, one.std, interval, one.seeds]
    return [*cells, one.failed] if "failed" in names else cells
