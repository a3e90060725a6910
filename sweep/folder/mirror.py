"""A mirror: a results folder on this machine for results on remote storage.

Trials train in it, and files to read are downloaded into it. It contains a file with its URL, so
its path is all that is needed to use it. It can be removed whenever no sweep runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sweep.errors import StorageError
from sweep.folder.atomic import write_json
from sweep.folder.remote import Remote

SCRATCH = "SWEEP_SCRATCH"
"""The environment variable for the folder that contains mirrors."""
_MARK = "mirror.json"
_OTHERS = re.compile(r"[^A-Za-z0-9._-]+")
_MOST_CHARACTERS = 60


@dataclass(frozen=True)
class Mirror:
    """A local results folder, and the URL that it mirrors."""

    folder: Path
    remote: Remote
    id: str
    """Unique: it tells which mirror a trial was trained in."""


def make_mirror(url: str, folder: Path | None = None) -> Mirror:
    """The mirror of a remote results folder; it is created if it is missing.

    Args:
        url: the URL of the results.
        folder: the folder to use; None is a folder of this user in the scratch folder.

    Raises:
        UsageError: the URL is not one of a storage that can be used.
        StorageError: the folder cannot be created, or belongs to another user.
    """
    Remote(url).refuse_unknown()
    url = url.rstrip("/")
    folder = folder or _usual_folder(url)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            raise StorageError(
                f"The scratch folder {folder} belongs to another user: name one of your own with "
                f"the environment variable {SCRATCH}."
            )
        if not (folder / _MARK).exists():
            write_json(folder / _MARK, {"url": url, "id": uuid.uuid4().hex}, synced=True)
    except OSError as error:
        raise StorageError(
            f"The scratch folder {folder} cannot be created: {error.strerror}. Name another with "
            f"the environment variable {SCRATCH}."
        ) from error
    mirror = find_mirror(folder)
    assert mirror is not None
    return mirror


def find_mirror(results: Path) -> Mirror | None:
    """The mirror that a results folder is; None if the results are in the folder itself."""
    folder = results.resolve()
    try:
        stat = (folder / _MARK).stat()
    except OSError:
        return None
    return _read(folder, stat.st_ino)


def results_address(results: Path) -> str:
    """Where the results are: the path, or the URL."""
    mirror = find_mirror(results)
    return str(results) if mirror is None else mirror.remote.url


@cache
def _read(folder: Path, _inode: int) -> Mirror:
    try:
        mark = json.loads((folder / _MARK).read_text(encoding="utf-8"))
        return Mirror(folder, Remote(mark["url"]), mark["id"])
    except (OSError, ValueError, KeyError) as error:
        raise StorageError(
            f"{folder / _MARK}, which says what the folder mirrors, cannot be read: remove the "
            "folder. Its contents are downloaded again."
        ) from error


def _usual_folder(url: str) -> Path:
    name = _OTHERS.sub("-", url)[-_MOST_CHARACTERS:].strip("-.")
    name += f"-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    scratch = os.environ.get(SCRATCH)
    if scratch:
        return Path(scratch).absolute() / name
    return Path(tempfile.gettempdir(), f"sweep-{os.getuid()}", name)
