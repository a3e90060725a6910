"""The URL of a database: which ones are allowed, and how to show one.

`sweep.storage.database` opens the database. SQLAlchemy is imported on first use, because a trial's
process does not need it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sweep import location
from sweep.errors import StorageError
from sweep.folder.mirror import find_mirror

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

BACKENDS = ("sqlite", "postgresql")
_EXAMPLES = "sqlite:///results/studies.db or postgresql+psycopg://user@host/name"
_PASSWORDS = frozenset({"password", "passwd"})


def storage_url(results: Path) -> str:
    """The URL of the SQLite database that holds every study of a results folder."""
    from sqlalchemy.engine import URL

    return URL.create("sqlite", database=str(results / "studies.db")).render_as_string()


def anchored(url: str) -> str:
    """The same URL, with the absolute path of its file, if it names one."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # reported when the database is opened
        return url
    file = parsed.database
    if not is_sqlite(parsed) or not file or file == ":memory:" or file.startswith("file:"):
        return url
    return parsed.set(database=str(Path(file).absolute())).render_as_string(hide_password=False)


def parse(url: str) -> URL:
    """The URL of a database that a sweep can use.

    Raises:
        StorageError: it is not such a URL.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: the port is not a number
        raise StorageError(f"The storage must be a database URL such as {_EXAMPLES}.") from None
    if has_password_in_query(parsed):
        raise StorageError(
            "The storage's URL has its password after the question mark, where it would be shown: "
            "write it as in postgresql+psycopg://user:password@host/name."
        )
    if parsed.get_backend_name() not in BACKENDS:
        raise StorageError(
            f"The storage must be SQLite or PostgreSQL, but got {show(parsed)}: write its URL as "
            f"in {_EXAMPLES}."
        )
    if is_sqlite(parsed) and parsed.database in (None, "", ":memory:"):
        raise StorageError(
            "A sweep's database must outlast it, but this one would be in memory: name a file, as "
            "in sqlite:///results/studies.db."
        )
    return parsed


def is_sqlite(url: URL) -> bool:
    """Whether it names a file rather than a server whose sweeps share its studies."""
    return url.get_backend_name() == "sqlite"


def sqlite_file(url: URL) -> Path:
    """The file that the URL of an SQLite database names."""
    assert url.database is not None, "checked by `parse`"
    return Path(url.database)


def show(url: URL) -> str:
    """The database's name for messages: its file, or its URL without the password."""
    if not is_sqlite(url):
        return url.render_as_string(hide_password=True)
    if not url.database:
        return ""
    file = Path(url.database)
    is_here = find_mirror(file.parent) is None
    return str(location.short(file)) if is_here else file_address(file)


def file_address(file: Path) -> str:
    """Where others find an SQLite database: its path, or the URL beside remote results."""
    mirror = find_mirror(file.parent)
    return str(file) if mirror is None else mirror.remote.address(file.name)


def has_password_in_query(url: URL) -> bool:
    """Whether the password is where SQLAlchemy would show it; elsewhere SQLAlchemy hides it."""
    return not _PASSWORDS.isdisjoint(url.query)
