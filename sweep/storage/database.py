"""Opening the database: for a sweep, through Optuna; to read, through SQLAlchemy alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from sweep.errors import StorageError

if TYPE_CHECKING:
    from optuna.storages import RDBStorage

SQLITE_BUSY_SECONDS = 60


def open_for_sweep(url: str) -> RDBStorage:
    """Opens the database for one asking process and creates it where it is missing.

    SQLite is set to write-ahead logging with `synchronous=NORMAL`: what is committed survives
    the death of any process, and readers such as optuna-dashboard never block the sweep.

    Raises:
        StorageError: it cannot be opened or created.
    """
    from optuna.storages import RDBStorage

    parsed = _parse(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and parsed.database:
        _make_folder(Path(parsed.database).parent)
    arguments: dict[str, Any] = {"timeout": SQLITE_BUSY_SECONDS} if is_sqlite else {}
    try:
        storage = RDBStorage(url, engine_kwargs={"connect_args": arguments})
    except (SQLAlchemyError, ImportError, RuntimeError) as error:
        raise StorageError(f"{_show(parsed)} cannot be opened: {_cause(error)}.") from error
    if is_sqlite:
        storage.engine.dispose()
        sqlalchemy.event.listen(storage.engine, "connect", _set_journal)
    return storage


def open_for_reading(url: str) -> Engine:
    """Opens an existing database; nothing is created or changed.

    Raises:
        StorageError: there is no such database, or it holds no studies.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        if not Path(parsed.database).is_file():
            raise StorageError(
                f"There is no database {parsed.database}. `sweep run` creates it; --results or "
                "--storage names another place."
            )
        parsed = parsed.set(
            database=f"file:{Path(parsed.database).resolve()}", query={"mode": "ro", "uri": "true"}
        )
    engine = sqlalchemy.create_engine(parsed)
    try:
        known = sqlalchemy.inspect(engine).has_table("studies")
    except SQLAlchemyError as error:
        raise StorageError(f"{_show(_parse(url))} cannot be read: {_cause(error)}.") from error
    if not known:
        raise StorageError(f"{_show(_parse(url))} is a database, but holds no Optuna studies.")
    return engine


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        raise StorageError(
            "The storage must be a database URL such as sqlite:///results/studies.db or "
            "postgresql+psycopg://user@host/name."
        ) from None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"The folder {folder} cannot be made: {error.strerror}.") from error


def _set_journal(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _show(url: URL) -> str:
    return url.database or "" if url.get_backend_name() == "sqlite" else url.render_as_string()


def _cause(error: Exception) -> str:
    """The database's own words, without SQL and without the URL's password."""
    original = getattr(error, "orig", None) or error
    return str(original).strip().splitlines()[0].rstrip(".")
