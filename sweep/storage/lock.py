"""One sweep to a study on SQLite, by a lock that a dead process cannot hold."""

from __future__ import annotations

import fcntl
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from sweep.errors import BusyError


@contextmanager
def sole_sweep(url: str, study_name: str) -> Iterator[None]:
    """Holds the study while the block runs, so that no other process sweeps it.

    The lock is the operating system's, on a file beside the SQLite database; it goes with the
    process, however that ends. On a server database there is no lock, for its sweeps share.

    Raises:
        BusyError: another process holds it; the message names its host and process id.
    """
    path = lock_file(url, study_name)
    if path is None:
        yield
        return
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise BusyError(_who_holds(study_name, file.read())) from None
        file.truncate(0)
        file.write(json.dumps({"host": platform.node(), "pid": os.getpid()}))
        file.flush()
        yield
        # Not unlinked: another process may have it open, and would lock a file of no name.
        file.truncate(0)


def lock_file(url: str, study_name: str) -> Path | None:
    """The file that is locked; None for a database that has no file."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(f"{parsed.database}-{study_name}.lock")


def _who_holds(study_name: str, record: str) -> str:
    holder = json.loads(record or "{}")
    who = f"process {holder['pid']} on {holder['host']}" if holder else "another process"
    return (
        f"Study {study_name!r} is being swept by {who}. Wait for it, or end it with Ctrl-C there; "
        "another study may be swept beside it with --name."
    )
