"""A table of trials as files for programs: CSV, JSON and Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep.errors import UsageError
from sweep.results.trials import Trials

if TYPE_CHECKING:
    import pandas as pd


def to_json(trials: Trials) -> str:
    """Records, one per line: times in ISO 8601, durations in seconds, null for missing cells."""
    names = list(trials.columns)
    rows = _rows(trials, datetime.isoformat)
    records = [json.dumps(dict(zip(names, row, strict=True))) for row in rows]
    return "[{}]".format(",".join(f"\n  {record}" for record in records) + "\n" * bool(records))


def write_table(trials: Trials, file: Path) -> None:
    """Writes all columns, completely or not at all, in the format of the file's ending: .csv, .json
    or .parquet.

    Raises:
        UsageError: the file has another ending or cannot be written, or there is no package for
            Parquet.
    """
    if file.suffix not in _WRITERS:
        raise UsageError(f"{file} must end in one of {', '.join(_WRITERS)}.")
    temporary = file.with_name(f"{file.name}.tmp")
    try:
        _WRITERS[file.suffix](trials, temporary)
        temporary.replace(file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror or error}.") from error


def _write_csv(trials: Trials, file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(trials.columns)
        writer.writerows(_rows(trials, str))


def _write_json(trials: Trials, file: Path) -> None:
    file.write_text(to_json(trials) + "\n", encoding="utf-8")


def _write_parquet(trials: Trials, file: Path) -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"Parquet needs the package pyarrow, which cannot be imported ({error}): run `pip "
            "install pyarrow`, or write .csv or .json."
        ) from error
    columns = _table(trials)
    mixed = columns.select_dtypes(object)
    columns[mixed.columns] = mixed.map(_as_text)
    columns.to_parquet(file, index=False)


_WRITERS: dict[str, Callable[[Trials, Path], None]] = {
    ".csv": _write_csv,
    ".json": _write_json,
    ".parquet": _write_parquet,
}


def _rows(trials: Trials, time: Callable[[datetime], str]) -> Iterator[tuple[Any, ...]]:
    """The cells of the trials, with times written by `time` and durations in seconds."""
    columns = {name: trials.cells(name) for name in trials.columns}
    written: dict[str, Callable[[Any], Any]] = {
        "datetime_start": time,
        "datetime_complete": time,
        "duration": timedelta.total_seconds,
    }
    for name, write in written.items():
        columns[name] = [None if cell is None else write(cell) for cell in columns[name]]
    return zip(*columns.values(), strict=True)


def _table(trials: Trials) -> pd.DataFrame:
    """The trials as a DataFrame, with durations in seconds."""
    from sweep.results.tables import trials_table  # imported here, because JSON needs no pandas

    table = trials_table(trials)
    return table.assign(duration=table["duration"].dt.total_seconds())


def _as_text(cell: Any) -> str | None:
    """A cell of a column with values of several types, which Parquet does not support."""
    if isinstance(cell, list | dict):
        return json.dumps(cell)
    return None if cell is None or cell != cell else str(cell)
