"""The running trials, laid out for a terminal of any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweep.cli.screen.fitting import fitted
from sweep.results import format
from sweep.results.score import RunningTrial, Score
from sweep.wording import counted

_GAP = 2
_LONGEST_BAR, _SHORTEST_BAR = 20, 6
_STEPS, _EVALUATION, _VALUE = 11, 17, 8
"""The minimal widths of steps, of an evaluation and of its value, to keep columns still."""
_LONGEST_HOST = 24


@dataclass(frozen=True)
class _Row:
    trial: RunningTrial
    cells: tuple[str, ...]
    """Its number, its steps, its evaluation, its machine."""
    params: list[str]


def running_trials(score: Score, width: int, height: int) -> list[RenderableType]:
    """The view of the running trials, in at most `height` lines.

    Params stand beside their trial if there is room for all of them. Otherwise they get their own
    line. If there is no room for that either, as many as fit stand beside the trial.

    Args:
        score: the state of the sweep.
        width: the columns of the terminal.
        height: the lines of the terminal that are left.
    """
    rows = [_row(score, number, trial) for number, trial in sorted(score.running.items())]
    shown = rows if len(rows) <= height else rows[: max(height - 1, 0)]
    widths = _widths(score, rows)
    taken = sum(w + _GAP for w in widths if w)
    bar = max(min(_LONGEST_BAR, width - taken), 0)
    room = width - taken - bar - _GAP
    beside = all(cell_len(" ".join(row.params)) <= room for row in rows)
    below = not beside and 2 * len(shown) <= height
    lines: list[RenderableType] = []
    for row in shown:
        lines.append(_head(row, widths, bar, "" if below else fitted(row.params, room)))
        if below:
            params = fitted(row.params, width - 2) or counted(len(row.params), "long param")
            lines.append(Text(f"  {params}", no_wrap=True, style="dim"))
    if len(shown) < len(rows):
        lines.append(Text(f"and {len(rows) - len(shown)} more", no_wrap=True))
    return lines


def _widths(score: Score, rows: list[_Row]) -> list[int]:
    """The widths of a trial's number, steps, evaluation and machine."""
    most_steps = max((len(str(row.trial.max_steps or 0)) for row in rows), default=0)
    evaluation = max(_EVALUATION, cell_len(score.metrics[0]) + _VALUE)
    least = (0, max(_STEPS, 2 * most_steps + 1), evaluation, 0)
    columns = zip(*(row.cells for row in rows), strict=True)
    return [max(w, *map(cell_len, cells)) for w, cells in zip(least, columns, strict=False)]


def _row(score: Score, number: int, trial: RunningTrial) -> _Row:
    cells = (
        f"trial {number}",
        f"{trial.step}/{trial.max_steps or '?'}",
        _evaluation(trial, score.metrics[0]),
        trial.host[:_LONGEST_HOST],
    )
    return _Row(trial, cells, format.pairs(trial.params))


def _head(row: _Row, widths: list[int], bar: int, params: str) -> Table:
    line = Table.grid(padding=(0, _GAP, 0, 0))
    number, *others = zip(row.cells, widths, strict=True)
    cells: list[RenderableType] = []

    def add(cell: RenderableType, width: int) -> None:
        line.add_column(no_wrap=True, width=width)
        cells.append(cell)

    add(*number)
    if bar >= _SHORTEST_BAR:
        total = row.trial.max_steps
        add(ProgressBar(total=total, completed=row.trial.step, pulse=total is None), bar)
    for text, width in others:
        if width:
            add(text, width)
    if params:
        add(params, cell_len(params))
    line.add_row(*cells)
    return line


def _evaluation(trial: RunningTrial, metric: str) -> str:
    """The progress of the current evaluation, or else the result of the last one."""
    if trial.n_batches is not None:
        return f"evaluating {trial.n_batches}/{trial.steps or '?'}"
    value: Any = trial.metrics.get(metric)
    return "" if value is None else format.objectives([metric], [value])
