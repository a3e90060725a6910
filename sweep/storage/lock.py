"""Locks that a dead process cannot keep.

On SQLite, one process sweeps a study. On a server database, several share it and take turns to ask.
"""

from __future__ import annotations

import fcntl
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import sqlalchemy
from sqlalchemy.engine import Engine

from sweep.errors import BusyError
from sweep.storage.holder import Holder
from sweep.storage.url import is_sqlite, parse, sqlite_file

SECONDS_TO_WAIT_FOR_A_TURN = 10


@contextmanager
def sole_sweep(url: str, study_name: str) -> Iterator[bool]:
    """Locks the study while the block runs, so that no other process sweeps it.

    Yields whether it is locked: then no process runs the trials that are still RUNNING.

    The lock is the operating system's, on a file beside the SQLite database. It ends with the
    process, however that ends. On a server database there is no lock, because sweeps share it.

    Raises:
        BusyError: another process has the lock; the message names its host and process id.
    """
    path = _lock_file(url, study_name)
    if path is None:
        yield False
        return
    with path.open("a+") as file:
        if not _lock(file):
            raise BusyError(
                f"Study {study_name!r} is being swept by {_describe(_read_holder(file))}. Wait for "
                f"it, stop it with `sweep stop {study_name}`, or sweep another study beside it "
                "with --name."
            )
        file.truncate(0)
        file.write(json.dumps(Holder.here().to_json()))
        file.flush()
        yield True
        # Not unlinked: another process may have it open, and would lock a file without a name.
        file.truncate(0)


@contextmanager
def turn(engine: Engine, study_name: str) -> Iterator[None]:
    """Lets one process at a time run the block, on a server database.

    The lock is the database's own and ends with the connection. On SQLite there is nothing to wait
    for, because `sole_sweep` has the lock.

    Raises:
        sqlalchemy.exc.OperationalError: another process took its turn for too long.
    """
    if engine.dialect.name == "sqlite":
        yield
        return
    with engine.begin() as connection:
        connection.execute(
            sqlalchemy.text(f"SET LOCAL lock_timeout = '{SECONDS_TO_WAIT_FOR_A_TURN}s'")
        )
        key = zlib.crc32(study_name.encode())
        connection.execute(sqlalchemy.select(sqlalchemy.func.pg_advisory_xact_lock(key)))
        yield


def find_holder(url: str, study_name: str) -> Holder | None:
    """The process that has the study's lock; None if none has, or on a server database."""
    path = _lock_file(url, study_name)
    if path is None or not path.exists():
        return None
    with path.open("a+") as file:
        return None if _lock(file) else _read_holder(file)


def _lock_file(url: str, study_name: str) -> Path | None:
    parsed = parse(url)
    return Path(f"{sqlite_file(parsed)}-{study_name}.lock") if is_sqlite(parsed) else None


def _lock(file: TextIO) -> bool:
    """Locks the file until it is closed; False if another process has locked it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_holder(file: TextIO) -> Holder | None:
    """The process named in the file; None in the moment before it is written."""
    file.seek(0)
    record = file.read()
    return Holder.from_json(json.loads(record)) if record else None


def _describe(holder: Holder | None) -> str:
    return f"process {holder.pid} on {holder.host}" if holder else "another process"
