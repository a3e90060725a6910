"""Keeps raw measurements in a file as they are made, so that a benchmark can be continued."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd


class Record:
    """A CSV file of measurements that were all made in the same way."""

    def __init__(self, file: Path, columns: Sequence[str], go_on: bool) -> None:
        """Chooses the file, without changing it.

        Args:
            file: the file; its first line is a comment.
            columns: the columns of a measurement.
            go_on: whether to continue an existing file.

        Raises:
            SystemExit: the file exists, but `go_on` is false.
        """
        if file.exists() and not go_on:
            raise SystemExit(f"{file} exists already: add to it with --go-on, or remove it.")
        self._file = file
        self._columns = list(columns)

    def begin(self, about: str) -> None:
        """Starts the file, or continues it.

        Args:
            about: the machine and the settings, in one line.

        Raises:
            SystemExit: the measurements in the file were made in another way.
        """
        file = self._file
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"# {about}\n{','.join(self._columns)}\n", encoding="utf-8")
        known = file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        if known != about:
            raise SystemExit(
                f"{file} cannot be continued, because it was measured in another way:\n  {known}\n"
                f"and not\n  {about}\nRemove it, or measure in the same way."
            )

    def add(self, measured: pd.DataFrame) -> None:
        """Adds measurements to the file."""
        measured.to_csv(self._file, columns=self._columns, mode="a", header=False, index=False)

    def read(self) -> pd.DataFrame:
        """All measurements in the file."""
        return pd.read_csv(self._file, comment="#")
