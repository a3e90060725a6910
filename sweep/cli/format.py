"""How numbers, times and trials are written for people."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweep.results.comparison import StudyRecord
    from sweep.storage.reading import StudySummary

LONGEST_CELL = 40


def number(value: Any) -> str:
    """A number in at most five significant digits; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e15):
        return str(int(value))
    return f"{value:.4g}" if abs(value) < 1e-3 or abs(value) >= 1e5 else f"{value:.5g}"


def params(values: Mapping[str, Any]) -> str:
    """Params on one line."""
    return " ".join(f"{name}={number(value)}" for name, value in values.items())


def portrait(title: str, rows: Mapping[str, Any]) -> str:
    """A title, and below it a name and a value a line."""
    width = max(map(len, rows), default=0)
    return "\n".join([title, *(f"  {name:<{width}}  {number(v)}" for name, v in rows.items())])


def objectives(metrics: Sequence[str], values: Sequence[float]) -> str:
    """The values of a trial, each with its metric."""
    pairs = zip(metrics, values, strict=True)
    return ", ".join(f"{metric} {number(value)}" for metric, value in pairs)


def objective(summary: StudySummary | StudyRecord) -> str:
    """What the study searches for, as in `maximize accuracy`."""
    metrics = summary.metrics or [""] * len(summary.directions)
    pairs = zip(summary.directions, metrics, strict=True)
    return ", ".join(f"{direction} {metric}".strip() for direction, metric in pairs)


def duration(seconds: float) -> str:
    """Seconds as 4.2 s, 3 min 20 s or 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def size(n_bytes: int) -> str:
    """Bytes as 12.3 MB, in powers of 1000."""
    if n_bytes < 1000:
        return f"{n_bytes} B"
    exponent = min((len(str(n_bytes)) - 1) // 3, 4)
    return f"{n_bytes / 1000**exponent:.3g} {'kMGT'[exponent - 1]}B"


def path(place: str | Path) -> str:
    """A path as seen from the working directory, where it lies below it."""
    absolute, here = Path(place), Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    width: int | None = None,
    optional: range = range(0),
) -> str:
    """Columns below their names: numbers to the right, all else to the left.

    Args:
        header: the columns' names.
        rows: their cells; None is an empty one.
        width: of the terminal, where the table shall fit it: long cells are cut, and below the
            table stands what is not shown.
        optional: the positions of columns that may be left out then, the last of them first.
    """
    body = [tuple(row) for row in rows]
    columns = list(zip(*body, strict=True)) or [() for _ in header]
    longest = None if width is None else LONGEST_CELL
    aligned = [_column(name, cells, longest) for name, cells in zip(header, columns, strict=True)]
    left_out: list[str] = []
    for position in reversed(optional):
        if width is None or sum(len(column[0]) + 2 for column in aligned) - 2 <= width:
            break
        del aligned[position]
        left_out.insert(0, header[position])
    lines = ["  ".join(line).rstrip() for line in zip(*aligned, strict=True)]
    if left_out:
        lines += ["", f"Too wide for the terminal, so not shown: {', '.join(left_out)}"]
    return "\n".join(lines)


def terminal_width() -> int | None:
    """The columns of the terminal that is printed to; None where that is a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _column(name: str, cells: Sequence[Any], longest: int | None) -> list[str]:
    texts = ["" if cell is None else number(cell) for cell in cells]
    if longest is not None:
        texts = [text if len(text) <= longest else text[: longest - 1] + "…" for text in texts]
    width = max(map(len, [name, *texts]))
    to_the_right = any(isinstance(cell, int | float) for cell in cells)
    return [text.rjust(width) if to_the_right else text.ljust(width) for text in [name, *texts]]
