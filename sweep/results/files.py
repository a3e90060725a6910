"""A table of trials as text for programs: CSV, JSON and Parquet."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from sweep.errors import UsageError


def to_json(table: pd.DataFrame) -> str:
    """Records: times in ISO 8601, durations in seconds, null for what is missing."""
    return json.dumps(_plain(table).to_dict("records"), indent=2, default=_as_json)


def write_table(table: pd.DataFrame, file: Path) -> None:
    """Writes every column, whole or not at all, as the file's ending says: .csv, .json, .parquet.

    Raises:
        UsageError: another ending, a file that cannot be written, or no package for Parquet.
    """
    if file.suffix not in _WRITERS:
        raise UsageError(f"{file} must end in {', '.join(_WRITERS)}: that says what to write.")
    temporary = file.with_name(f"{file.name}.tmp")
    try:
        _WRITERS[file.suffix](table, temporary)
        temporary.replace(file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror or error}.") from error


def _write_csv(table: pd.DataFrame, file: Path) -> None:
    _with_seconds(table).to_csv(file, index=False)


def _write_json(table: pd.DataFrame, file: Path) -> None:
    file.write_text(to_json(table) + "\n", encoding="utf-8")


def _write_parquet(table: pd.DataFrame, file: Path) -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"Parquet needs the package pyarrow, which cannot be imported ({error}): pip install "
            "pyarrow, or write .csv or .json."
        ) from error
    columns = _with_seconds(table)
    mixed = columns.select_dtypes(object)
    columns[mixed.columns] = mixed.map(_as_text)
    columns.to_parquet(file, index=False)


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".csv": _write_csv,
    ".json": _write_json,
    ".parquet": _write_parquet,
}


def _with_seconds(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(duration=table["duration"].dt.total_seconds())


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """The table with None for what is missing."""
    cells = table.astype(object)
    return cells.where(cells.notna(), None)


def _as_text(cell: Any) -> str | None:
    """A cell of a column whose values are of several kinds, which Parquet does not have."""
    if isinstance(cell, list | dict):
        return json.dumps(cell)
    return None if pd.isna(cell) else str(cell)


def _as_json(value: Any) -> Any:
    if isinstance(value, pd.Timedelta):
        return value.total_seconds()
    return value.isoformat() if isinstance(value, pd.Timestamp) else value.item()
