"""A change to the database of remote results that no sweep makes, and so no sweep uploads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sweep.folder.mirror import find_mirror
from sweep.storage.copies import DatabaseCopies, fetch_database
from sweep.storage.lease import Lease
from sweep.storage.url import is_sqlite, parse, sqlite_file


@contextmanager
def uploaded(results: Path, study: str, url: str, say: Callable[[str], None]) -> Iterator[None]:
    """Uploads the database when the block has changed it, if its results are remote.

    Meanwhile no other machine can sweep, whose copy would replace the change.

    Args:
        results: the results folder.
        study: the study's name, for messages.
        url: the URL of the database.
        say: gets a notice if it has to wait.

    Raises:
        BusyError: another machine sweeps a study of the database.
        StorageError: the storage does not accept it.
    """
    parsed, mirror = parse(url), find_mirror(results)
    if mirror is None or not is_sqlite(parsed):
        yield
        return
    database = sqlite_file(parsed)
    lease = Lease(mirror, study, say)
    lease.take()
    try:
        fetch_database(mirror, database)
        yield
        DatabaseCopies(mirror, database).upload()
    finally:
        lease.give_back()
