"""The layout of several values on the screen: a table, or one thing with its properties."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sweep.results import format

LONGEST_CELL = 40


def portrait(title: str, rows: Mapping[str, Any]) -> str:
    """A title, and below it one name and value per line."""
    cells = {format.text(name): format.number(value) for name, value in rows.items()}
    width = max(map(len, cells), default=0)
    return "\n".join([title, *(f"  {name:<{width}}  {cell}" for name, cell in cells.items())])


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    width: int | None = None,
    optional: range = range(0),
    longest: int = LONGEST_CELL,
) -> str:
    """Columns below their names: numbers aligned to the right, everything else to the left.

    Args:
        header: the names of the columns.
        rows: their cells; None is an empty cell.
        width: the columns of the terminal, if the table must fit it. Long cells are then cut, and
            a line below the table names the columns that are not shown.
        optional: the positions of columns that can be left out to fit, the last of them first.
        longest: with a width, the most characters of a cell.
    """
    titles = list(map(format.text, header))
    body = [tuple(row) for row in rows]
    columns = list(zip(*body, strict=True)) or [() for _ in titles]
    most = None if width is None else longest
    aligned = [_column(name, cells, most) for name, cells in zip(titles, columns, strict=True)]
    left_out: list[str] = []
    for position in reversed(optional):
        if width is None or sum(len(column[0]) + 2 for column in aligned) - 2 <= width:
            break
        del aligned[position]
        left_out.insert(0, titles[position])
    lines = ["  ".join(line).rstrip() for line in zip(*aligned, strict=True)]
    if left_out:
        assert width is not None
        told = f"Not shown, because the terminal is too narrow: {', '.join(left_out)}"
        lines += ["", *textwrap.wrap(told, width, break_long_words=False, break_on_hyphens=False)]
    return "\n".join(lines)


def terminal_width() -> int | None:
    """The columns of the terminal on the standard output; None if that is a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _column(name: str, cells: Sequence[Any], longest: int | None) -> list[str]:
    texts = ["" if cell is None else format.number(cell) for cell in cells]
    if longest is not None:
        texts = [text if len(text) <= longest else text[: longest - 1] + "…" for text in texts]
    width = max(map(len, [name, *texts]))
    to_the_right = any(isinstance(cell, int | float) for cell in cells)
    return [text.rjust(width) if to_the_right else text.ljust(width) for text in [name, *texts]]
