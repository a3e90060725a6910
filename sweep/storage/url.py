"""What is known of a database's URL: which there may be, and how to show one.

Opening the database is `sweep.storage.database`'s. SQLAlchemy is imported with the first use, for
a trial's process has none.
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
    """The same URL, with a file that it names by its absolute path."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # which is told where the database is opened
        return url
    file = parsed.database
    if not is_sqlite(parsed) or not file or file == ":memory:" or file.startswith("file:"):
        return url
    return parsed.set(database=str(Path(file).absolute())).render_as_string(hide_password=False)


def parse(url: str) -> URL:
    """The URL of a database that a sweep can use.

    Raises:
        StorageError: it is none.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
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
    """Whether it names a file, and not a server whose sweeps share its studies."""
    return url.get_backend_name() == "sqlite"


def sqlite_file(url: URL) -> Path:
    """The file that the URL of an SQLite database names."""
    assert url.database is not None, "as `parse` has seen to"
    return Path(url.database)


def show(url: URL) -> str:
    """What a person is told that the database is: its file, or its URL without the password."""
    if not is_sqlite(url):
        return url.render_as_string(hide_password=True)
    if not url.database:
        return ""
    file = Path(url.database)
    is_here = find_mirror(file.parent) is None
    return str(location.short(file)) if is_here else file_address(file)


def file_address(file: Path) -> str:
    """Where others find an SQLite database: its path, or beside remote results a URL."""
    mirror = find_mirror(file.parent)
    return str(file) if mirror is None else mirror.remote.address(file.name)


def has_password_in_query(url: URL) -> bool:
    """Whether the password stands where SQLAlchemy, which hides it elsewhere, would show it."""
    return not _PASSWORDS.isdisjoint(url.query)
