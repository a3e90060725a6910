"""Whether a sweep's database and folder are still where they were: both may be taken from it.

SQLite writes on into a file that was removed, and a trial makes a folder anew that was moved.
"""

from __future__ import annotations

from pathlib import Path

from sweep.errors import TakenAwayError
from sweep.storage.url import is_sqlite, parse, sqlite_file


class Whereabouts:
    """A study's database and folder, known again by their inodes.

    Args:
        url: the database's URL; a server's database is not looked after.
        folder: the study's, which exists.
    """

    def __init__(self, url: str, folder: Path) -> None:
        parsed = parse(url)
        self._folder = folder
        self._file = sqlite_file(parsed) if is_sqlite(parsed) else None
        self._folder_was = _inode(folder)
        self._file_was = self._file and _inode(self._file)

    def check(self) -> None:
        """Sees that both are the same as in the beginning.

        Raises:
            TakenAwayError: one is not.
        """
        if _inode(self._folder) != self._folder_was:
            raise TakenAwayError(
                f"The folder {self._folder} was moved, removed or replaced while the sweep ran, so "
                "the sweep has ended. What a checkpoint holds is where the folder is now: bring it "
                "back, or name its place with --results, and run the same command again."
            )
        if self._file is not None and _inode(self._file) != self._file_was:
            raise TakenAwayError(
                f"The database {self._file} was moved, removed or replaced while the sweep ran, "
                "so the sweep has ended. Each trial's result lies in its folder in "
                f"{self._folder}: `sweep rebuild {self._folder.name}`, with the same --results and "
                "--storage, makes the study from them."
            )


def _inode(place: Path) -> tuple[int, int] | None:
    try:
        stat = place.stat()
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino
