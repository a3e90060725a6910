"""Opens the database: for a sweep through Optuna, for reading through SQLAlchemy alone.

The allowed URLs are in `url`, and waiting for a database that cannot be opened in `backlog`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import sqlalchemy
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from sweep.errors import NoStudiesError, StorageError
from sweep.storage.schema import STUDIES
from sweep.storage.url import file_address, is_sqlite, parse, show, sqlite_file

if TYPE_CHECKING:
    from sweep.storage.sweep_storage import SweepStorage

SQLITE_BUSY_SECONDS = 2
CONNECT_SECONDS = 5
_CONNECT_ARGUMENTS = {
    "sqlite": {"timeout": SQLITE_BUSY_SECONDS},
    "postgresql": {"connect_timeout": CONNECT_SECONDS},
}
"""How long a call may wait: the sweep looks after its trials in between and retries."""


def open_for_sweep(url: str) -> SweepStorage:
    """Opens the database for the one process that asks, and creates it if it is missing.

    SQLite is set to write-ahead logging with `synchronous=NORMAL`: committed data survives the
    death of any process, and readers such as optuna-dashboard never block the sweep.

    Raises:
        StorageError: it cannot be opened or created.
    """
    from sweep.storage.sweep_storage import SweepStorage

    parsed = parse(url)
    if is_sqlite(parsed):
        _make_folder(sqlite_file(parsed).parent)
    options = {
        "pool_pre_ping": not is_sqlite(parsed),
        "connect_args": _CONNECT_ARGUMENTS[parsed.get_backend_name()],
    }
    with told_in_a_sentence(parsed, "opened"):
        storage = SweepStorage(url, engine_kwargs=options)
    if is_sqlite(parsed):
        storage.engine.dispose()
        sqlalchemy.event.listen(storage.engine, "connect", _set_journal)
    return storage


def open_for_reading(url: str) -> Engine:
    """Opens an existing database; nothing is created or changed.

    Raises:
        StorageError: there is no such database, or it holds no studies.
    """
    parsed = parse(url)
    options: dict[str, Any] = {}
    if is_sqlite(parsed):
        options["creator"] = partial(_connect_to_read, _existing(sqlite_file(parsed)))
    with told_in_a_sentence(parsed, "read"):
        engine = sqlalchemy.create_engine(parsed, poolclass=NullPool, **options)
        known = sqlalchemy.inspect(engine).has_table(STUDIES.name)
    if not known:
        raise NoStudiesError(f"{show(parsed)} is a database, but has no Optuna studies.")
    return engine


def open_existing(url: str) -> SweepStorage:
    """Opens an existing database through Optuna, even while a sweep runs.

    Raises:
        StorageError: there is no such database, or it holds no studies.
    """
    open_for_reading(url)
    return open_for_sweep(url)


@contextmanager
def told_in_a_sentence(url: URL, what: str) -> Iterator[None]:
    """Turns a database's errors into a StorageError that says it cannot be `what`."""
    try:
        yield
    except (SQLAlchemyError, ImportError, RuntimeError) as error:
        raise StorageError(f"{show(url)} cannot be {what}: {cause(error)}.") from error


def _connect_to_read(file: Path) -> sqlite3.Connection:
    # Not mode=ro: only a reader that may write removes the write-ahead log when it closes.
    connection = sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=rw", uri=True)
    connection.execute("PRAGMA query_only=ON")
    return connection


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise NoStudiesError(
            f"There is no database {file_address(file)}. `sweep run` creates it; use --results or "
            "--storage if it is elsewhere."
        )
    return file


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"The folder {folder} cannot be created: {error.strerror}.") from error


def _set_journal(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def cause(error: BaseException) -> str:
    """The database's own message, without SQL and without the URL's password."""
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
