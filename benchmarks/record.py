"""Raw measurements in a file, kept as they are made, so that a benchmark can be gone on with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd


class Record:
    """A CSV file of measurements that were all made in one way."""

    def __init__(self, file: Path, columns: Sequence[str], go_on: bool) -> None:
        """Chooses the file, and leaves it as it is.

        Args:
            file: the file; its first line is a comment.
            columns: what a measurement is.
            go_on: whether to go on with what the file holds, if there is one.

        Raises:
            SystemExit: there is one, and it must not be gone on with.
        """
        if file.exists() and not go_on:
            raise SystemExit(f"{file} is there already: add to it with --go-on, or remove it.")
        self._file = file
        self._columns = list(columns)

    def begin(self, about: str) -> None:
        """Begins the file, or goes on with it.

        Args:
            about: the machine and the settings, in a line.

        Raises:
            SystemExit: what the file holds was measured otherwise.
        """
        file = self._file
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"# {about}\n{','.join(self._columns)}\n", encoding="utf-8")
        known = file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        if known != about:
            raise SystemExit(
                f"{file} cannot be added to, for it was measured otherwise:\n  {known}\n"
                f"and not\n  {about}\nRemove it, or measure as it was."
            )

    def add(self, measured: pd.DataFrame) -> None:
        """Keeps measurements."""
        measured.to_csv(self._file, columns=self._columns, mode="a", header=False, index=False)

    def read(self) -> pd.DataFrame:
        """All that have been kept."""
        return pd.read_csv(self._file, comment="#")
