"""Copies of an SQLite database beside remote results, so that another machine can continue.

A file beside the copy names the machine that wrote it: that machine's own database is newer, and
all others are older.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sweep.errors import StorageError
from sweep.folder.atomic import write_json
from sweep.folder.layout import RESULTS
from sweep.folder.mirror import Mirror, find_mirror, make_mirror
from sweep.folder.remote import is_remote
from sweep.storage.lock import find_holder
from sweep.storage.url import is_sqlite, parse, sqlite_file, storage_url

COPY = "studies.db"
_ABOUT = "studies.db.json"
_LOCK = "studies.db.fetching"
_SQLITES_OWN = ("-wal", "-shm")


class DatabaseCopies:
    """Uploads copies of a database to its remote results.

    Args:
        mirror: the mirror of the results.
        file: the database file.
    """

    def __init__(self, mirror: Mirror, file: Path) -> None:
        self._mirror = mirror
        self._file = file
        self._copied: tuple[object, ...] = ()

    @property
    def is_due(self) -> bool:
        """Whether the database was written to since the last copy."""
        return self._version() != self._copied

    def upload(self) -> None:
        """Uploads the current database.

        Raises:
            RemoteError: the upload fails.
        """
        version = self._version()
        copy = self._mirror.folder / f".copy-{uuid.uuid4().hex}"
        try:
            with (
                closing(sqlite3.connect(self._file)) as source,
                closing(sqlite3.connect(copy)) as target,
            ):
                source.backup(target)
            self._mirror.remote.put(copy, COPY)
        except sqlite3.Error:  # it is locked or damaged, which the sweep itself finds out
            return
        finally:
            copy.unlink(missing_ok=True)
        about = {"mirror": self._mirror.id, "copy": uuid.uuid4().hex}
        self._mirror.remote.write(_ABOUT, json.dumps(about).encode())
        self._copied = version

    def _version(self) -> tuple[object, ...]:
        files = self._file, self._file.with_name(f"{self._file.name}-wal")
        return tuple(map(_version_of, files))


def _version_of(file: Path) -> object:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def anchored_results(results: str | Path = RESULTS) -> Path:
    """The absolute path of a results folder; for remote results, the path of their mirror.

    A missing mirror is created, and gets the last copy of the database if that is newer.

    Raises:
        SweepError: the results are remote, and cannot be used.
    """
    if is_remote(results):
        mirror = make_mirror(str(results))
        fetch_database(mirror)
        return mirror.folder
    return Path(results).absolute()


def refreshed(results: Path) -> None:
    """Downloads the last copy of the database of remote results into their mirror, if newer.

    Raises:
        StorageError: it cannot be downloaded.
    """
    if (mirror := find_mirror(results)) is not None:
        fetch_database(mirror)


def url_to_read(url: str, results: Path) -> str:
    """The URL of a database, or that of its last copy while it is missing on this machine."""
    parsed, mirror = parse(url), find_mirror(results)
    if mirror is None or not is_sqlite(parsed) or sqlite_file(parsed).exists():
        return url
    return storage_url(mirror.folder) if (mirror.folder / COPY).exists() else url


def fetch_database(mirror: Mirror, file: Path | None = None) -> None:
    """Downloads the last copy into the mirror, unless the database there is newer or in use.

    Args:
        mirror: the mirror of the results.
        file: the database if it is outside of the mirror; then only a missing one is downloaded.

    Raises:
        StorageError: it cannot be downloaded.
    """
    database = mirror.folder / COPY
    if file is not None and file.resolve() != database.resolve():
        if not file.exists() and mirror.remote.read(_ABOUT) is not None:
            _bring(mirror, file)
        return
    about = mirror.remote.read(_ABOUT)
    if about is None or (database.exists() and json.loads(about)["mirror"] == mirror.id):
        return
    with _locked(mirror.folder / _LOCK):
        known = mirror.folder / _ABOUT
        if database.exists() and (_is_swept(database) or _content(known) == json.loads(about)):
            return
        _bring(mirror, database)
        write_json(known, json.loads(about))


def _bring(mirror: Mirror, database: Path) -> None:
    copy = database.with_name(f".copy-{uuid.uuid4().hex}")
    try:
        mirror.remote.get(COPY, copy)
    except FileNotFoundError as error:
        raise StorageError(
            f"{mirror.remote.url} no longer has {COPY}: restore it, or rebuild the study from its "
            "trials with `sweep rebuild`."
        ) from error
    for own in _SQLITES_OWN:
        database.with_name(f"{database.name}{own}").unlink(missing_ok=True)
    copy.replace(database)


def _is_swept(database: Path) -> bool:
    """Whether a process on this machine sweeps a study of the database."""
    locks = database.parent.glob(f"{database.name}-*.lock")
    names = (lock.name.removeprefix(f"{database.name}-").removesuffix(".lock") for lock in locks)
    return any(find_holder(f"sqlite:///{database}", name) is not None for name in names)


def _content(file: Path) -> object:
    with suppress(OSError, ValueError):
        return json.loads(file.read_text(encoding="utf-8"))
    return None


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
