"""Checks that a sweep's database and folder were not removed or replaced.

SQLite continues to write into a file that was removed or overwritten, and a trial creates a folder
again that was moved.
"""

from __future__ import annotations

import time
from pathlib import Path

from sweep.errors import LostDatabaseError, TakenAwayError
from sweep.storage.mark import FileMark, StudyMark
from sweep.storage.sweep_storage import SweepStorage
from sweep.storage.url import sqlite_file

SECONDS_BETWEEN_QUERIES = 2.0


class Whereabouts:
    """A study, its database and its folder. Files are also recognized by their inodes.

    Args:
        storage: the database; the file of an SQLite database is checked.
        study_id: the study's id.
        folder: the study's folder, which exists.
    """

    def __init__(self, storage: SweepStorage, study_id: int, folder: Path) -> None:
        url = storage.engine.url
        self._folder = folder
        self._folder_was = _inode(folder)
        self._file = sqlite_file(url) if storage.engine.dialect.name == "sqlite" else None
        self._file_was = self._file and _inode(self._file)
        self._file_mark = (
            FileMark(storage.engine, self._file) if self._file and self._file_was else None
        )
        self.study_mark = StudyMark(storage, study_id)
        self._next_query = time.monotonic() + SECONDS_BETWEEN_QUERIES

    def check(self) -> None:
        """Checks that all are the same as at the start; the database is asked now and then.

        Raises:
            TakenAwayError: the folder is not.
            LostDatabaseError: the database, or the study in it, is not.
        """
        if _inode(self._folder) != self._folder_was:
            raise TakenAwayError(
                f"The folder {self._folder} was moved, removed or replaced during the sweep, so "
                "the sweep has ended. The checkpoints are where the folder is now: move it "
                "back, or name its new place with --results, and run the same command again."
            )
        if self._file is not None and _inode(self._file) != self._file_was:
            raise LostDatabaseError(
                f"The database {self._file} was moved, removed or replaced during the sweep, "
                f"so the sweep has ended. {self._remedy}"
            )
        if self._file_mark is not None and not self._file_mark.is_there():
            raise LostDatabaseError(
                f"The database {self._file} was overwritten during the sweep, so the sweep has "
                f"ended. The file may contain parts of both databases: move it away. {self._remedy}"
            )
        if time.monotonic() > self._next_query:
            self.check_study()

    def check_study(self) -> None:
        """Asks the database now whether it has the study.

        Raises:
            LostDatabaseError: it does not.
        """
        is_there = self.study_mark.is_there()
        self._next_query = time.monotonic() + SECONDS_BETWEEN_QUERIES
        if not is_there:
            raise self.lost_study()

    def lost_study(self) -> LostDatabaseError:
        """The error for a database that no longer has what the sweep wrote into it."""
        return LostDatabaseError(
            f"Study {self._folder.name!r} was removed from the database, or replaced in it, "
            f"during the sweep, so the sweep has ended. {self._remedy}"
        )

    @property
    def _remedy(self) -> str:
        return (
            f"Each trial's result is in its folder in {self._folder}: `sweep rebuild "
            f"{self._folder.name}`, with the same --results and --storage, restores the study from "
            "them."
        )


def _inode(place: Path) -> tuple[int, int] | None:
    try:
        stat = place.stat()
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino
