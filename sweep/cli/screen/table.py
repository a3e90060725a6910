"""The layout of several values on the screen: a table, or one thing with its properties."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sweep.results import format

LONGEST_CELL, READABLE_CELL, SHORTEST_CELL = 40, 24, 8
"""Texts are cut to the first where there is room, to the second before a column is left out, and
to the third if the table does not fit otherwise."""
_GAP = "  "


def portrait(title: str, rows: Mapping[str, Any]) -> str:
    """A title, and below it one name and value per line."""
    cells = {format.text(name): format.number(value) for name, value in rows.items()}
    width = max(map(format.width, cells), default=0)
    return "\n".join([title, *(f"  {_left(name, width)}  {cell}" for name, cell in cells.items())])


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    width: int | None = None,
    optional: range = range(0),
) -> str:
    """Columns below their names: numbers aligned to the right, everything else to the left.

    Args:
        header: the names of the columns.
        rows: their cells; None is an empty cell.
        width: the columns of the terminal, if the table must fit it. Long texts are then cut,
            except in the first column, and a line below the table names the columns that are not
            shown.
        optional: the positions of columns that can be left out to fit, the last of them first.
    """
    titles = list(map(format.text, header))
    body = [tuple(row) for row in rows]
    cells = list(zip(*body, strict=True)) or [() for _ in titles]
    columns = [_Column.of(title, each) for title, each in zip(titles, cells, strict=True)]
    left_out: list[str] = []
    if width is not None:
        for position in reversed(optional):
            if _width(columns, READABLE_CELL) <= width:
                break
            del columns[position]
            left_out.insert(0, titles[position])
        lengths = range(LONGEST_CELL, SHORTEST_CELL - 1, -1)
        fitting = (length for length in lengths if _width(columns, length) <= width)
        longest = next(fitting, LONGEST_CELL)
        columns = [columns[0], *(column.cut(longest) for column in columns[1:])]
    aligned = [column.aligned() for column in columns]
    lines = [_GAP.join(line).rstrip() for line in zip(*aligned, strict=True)]
    if left_out:
        told = f"Not shown, because the terminal is too narrow: {', '.join(left_out)}"
        lines += ["", sentence(told)]
    return "\n".join(lines)


def sentence(text: str) -> str:
    """A long text, broken between words where the terminal on the standard output ends."""
    width = terminal_width()
    if width is None:
        return text
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)


def terminal_width() -> int | None:
    """The columns of the terminal on the standard output; None if that is a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


@dataclass(frozen=True)
class _Column:
    texts: list[str]
    """Its title and its cells."""
    has_numbers: bool
    least: int
    """The width of what is never cut: its title and its numbers."""

    @classmethod
    def of(cls, title: str, cells: Sequence[Any]) -> _Column:
        texts = [title, *("" if cell is None else format.number(cell) for cell in cells)]
        numbers = [isinstance(cell, int | float) for cell in cells]
        whole = (text for text, is_whole in zip(texts, [True, *numbers], strict=True) if is_whole)
        return cls(texts, any(numbers), max(map(format.width, whole)))

    @cached_property
    def width(self) -> int:
        return max(map(format.width, self.texts))

    def cut(self, longest: int) -> _Column:
        """The same column without the ends of long texts."""
        longest = max(longest, self.least)
        return replace(self, texts=[format.cut(text, longest) for text in self.texts])

    def aligned(self) -> list[str]:
        width = self.width
        if self.has_numbers:
            return [" " * (width - format.width(text)) + text for text in self.texts]
        return [_left(text, width) for text in self.texts]


def _width(columns: Sequence[_Column], longest: int) -> int:
    """The width of a table whose texts are cut."""
    first, *others = columns
    widths = (min(column.width, max(longest, column.least)) for column in others)
    return sum((each + len(_GAP) for each in widths), start=first.width)


def _left(text: str, width: int) -> str:
    return text + " " * (width - format.width(text))
