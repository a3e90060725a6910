"""Whether a sweep's database and folder are still what they were: they may be taken from it.

SQLite writes on into a file that was removed or overwritten, and a trial makes a folder anew that
was moved.
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
    """A study, its database and its folder. The files are known again by their inodes too.

    Args:
        storage: the database; the file of an SQLite database is looked after.
        study_id: the study's.
        folder: the study's, which exists.
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
        self._study_mark = StudyMark(storage, study_id)
        self._next_query = time.monotonic() + SECONDS_BETWEEN_QUERIES

    def check(self) -> None:
        """Sees that all are the same as in the beginning; the database is asked now and then.

        Raises:
            TakenAwayError: the folder is not.
            LostDatabaseError: the database, or the study in it, is not.
        """
        if _inode(self._folder) != self._folder_was:
            raise TakenAwayError(
                f"The folder {self._folder} was moved, removed or replaced while the sweep ran, so "
                "the sweep has ended. What a checkpoint holds is where the folder is now: bring it "
                "back, or name its place with --results, and run the same command again."
            )
        if self._file is not None and _inode(self._file) != self._file_was:
            raise LostDatabaseError(
                f"The database {self._file} was moved, removed or replaced while the sweep ran, "
                f"so the sweep has ended. {self._remedy}"
            )
        if self._file_mark is not None and not self._file_mark.is_there():
            raise LostDatabaseError(
                f"The database {self._file} was overwritten while the sweep ran, so the sweep has "
                f"ended. The file may hold parts of both databases: move it away. {self._remedy}"
            )
        if time.monotonic() > self._next_query:
            self.check_study()

    def check_study(self) -> None:
        """Asks the database now whether it has the study.

        Raises:
            LostDatabaseError: it has not.
        """
        is_there = self._study_mark.is_there()
        self._next_query = time.monotonic() + SECONDS_BETWEEN_QUERIES
        if not is_there:
            raise self.lost_study()

    def lost_study(self) -> LostDatabaseError:
        """What is raised where the database has no more what the sweep wrote into it."""
        return LostDatabaseError(
            f"Study {self._folder.name!r} was removed from the database, or replaced in it, while "
            f"the sweep ran, so the sweep has ended. {self._remedy}"
        )

    @property
    def _remedy(self) -> str:
        return (
            f"Each trial's result lies in its folder in {self._folder}: `sweep rebuild "
            f"{self._folder.name}`, with the same --results and --storage, makes the study from "
            "them."
        )


def _inode(place: Path) -> tuple[int, int] | None:
    try:
        stat = place.stat()
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino
