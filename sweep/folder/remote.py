"""Files on remote storage, through any file system of fsspec: uploads, downloads and lists them.

fsspec comes with an extra, and is imported on first use.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sweep.errors import RemoteError, StorageError, UsageError

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://(.*)", re.DOTALL)
_CUT_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/[^/]")
"""What pathlib turns a URL into."""
_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss"})
"""Their objects appear complete, and need no folders."""
_NOT_KEPT = frozenset({"memory", "http", "https"})
_TOKEN = ".sweep-token-"
_PART = ".part-"


def is_remote(results: str | Path) -> bool:
    """Whether results are given as a URL.

    Raises:
        UsageError: it was a URL before somebody turned it into a path.
    """
    if isinstance(results, Path) and _CUT_URL.match(str(results)):
        raise UsageError(
            f"{results} was a URL before it became a Path, which removed one of its slashes: give "
            "the results as a string."
        )
    return _URL.match(str(results)) is not None


@dataclass(frozen=True)
class Remote:
    """A folder on remote storage. Names are paths in it, with slashes between their parts.

    Args:
        url: the folder's URL for fsspec.
    """

    url: str

    @cached_property
    def _place(self) -> tuple[Any, str]:
        try:
            import fsspec
        except ModuleNotFoundError as error:
            raise UsageError(f"Results in {self.url} need fsspec: {_REMEDY}") from error
        try:
            system, root = fsspec.core.url_to_fs(self.url, use_listings_cache=False)
        except ImportError as error:
            raise UsageError(f"{_sentence(error)}: {_REMEDY}") from error
        except Exception as error:
            raise UsageError(
                f"The results' URL {self.url!r} cannot be used: {_sentence(error)}."
            ) from error
        if not _NOT_KEPT.isdisjoint(_protocols(system)):
            raise UsageError(
                f"The results in {self.url!r} would not be kept: use a bucket or a folder, as in "
                "s3://bucket/sweeps, gs://bucket/sweeps or abfs://container/sweeps."
            )
        root = root.rstrip("/")
        is_object_store = not _OBJECT_STORES.isdisjoint(_protocols(system))
        if not root or (is_object_store and root.startswith("/")):
            raise UsageError(
                f"The results' URL {self.url!r} names no bucket: write it as in s3://bucket/sweeps."
            )
        return system, root

    @property
    def _system(self) -> Any:
        return self._place[0]

    def refuse_unknown(self) -> None:
        """Checks that the URL has a known kind, without a request to the storage.

        Raises:
            UsageError: it does not.
        """
        assert self._place

    def refuse_unusable(self) -> None:
        """Writes a token and reads it back.

        Raises:
            UsageError: there is no such storage.
            StorageError: it cannot be written to, or returns something else.
        """
        name, token = f"{_TOKEN}{uuid.uuid4().hex}", uuid.uuid4().hex.encode()
        try:
            self.write(name, token)
            there = self.read(name)
            self.remove([name])
        except RemoteError as error:
            raise StorageError(
                f"{error} Check the bucket and the credentials, or use other --results."
            ) from error
        if there != token:
            raise StorageError(
                f"{self.url} does not return what was written to it: use another place with "
                "--results."
            )

    def put(self, file: Path, name: str) -> None:
        """Uploads a file, completely or not at all.

        Raises:
            FileNotFoundError: the file no longer exists.
            RemoteError: it cannot be uploaded.
        """
        try:
            self._make_whole(name, lambda path: self._system.put_file(str(file), path))
        except RemoteError as error:
            if not file.exists():
                raise FileNotFoundError(str(file)) from error
            raise

    def write(self, name: str, content: bytes) -> None:
        """Writes a small file, completely or not at all.

        Raises:
            RemoteError: it cannot be written.
        """
        self._make_whole(name, lambda path: self._system.pipe_file(path, content))

    def _make_whole(self, name: str, write: Callable[[str], object]) -> None:
        path = self._path(name)
        with self._told_in_a_sentence():
            if not _OBJECT_STORES.isdisjoint(_protocols(self._system)):
                write(path)
                return
            part = f"{path}{_PART}{uuid.uuid4().hex}"
            self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
            write(part)
            self._system.mv(part, path)

    def read(self, name: str) -> bytes | None:
        """A small file; None if it does not exist.

        Raises:
            RemoteError: it cannot be read.
        """
        with self._told_in_a_sentence(), suppress(FileNotFoundError):
            content: bytes = self._system.cat_file(self._path(name))
            return content
        return None

    def get(self, name: str, file: Path) -> None:
        """Downloads a file, completely or not at all, into a folder that is created if missing.

        Raises:
            FileNotFoundError: it does not exist.
            RemoteError: it cannot be downloaded.
        """
        part = file.with_name(f"{_PART}{uuid.uuid4().hex}")
        is_missing = False
        try:
            with self._told_in_a_sentence():
                file.parent.mkdir(parents=True, exist_ok=True)
                try:
                    self._system.get_file(self._path(name), str(part))
                    part.replace(file)
                except FileNotFoundError:
                    is_missing = True
        finally:
            part.unlink(missing_ok=True)
        if is_missing:
            raise FileNotFoundError(self.address(name))

    def sizes(self, folder: str) -> dict[str, int]:
        """The files below a folder, by their names in it, with their bytes.

        Raises:
            RemoteError: they cannot be listed.
        """
        path = self._path(folder)
        found: dict[str, Any] = {}
        with self._told_in_a_sentence(), suppress(FileNotFoundError):
            found = self._system.find(path, detail=True)
        return {
            name.removeprefix(path).lstrip("/"): int(info["size"])
            for name, info in found.items()
            if _PART not in name
        }

    def modified(self, name: str) -> datetime:
        """When a file was last written, with a time zone.

        Raises:
            FileNotFoundError: it does not exist.
            RemoteError: the storage does not say.
        """
        moment: datetime | None = None
        with self._told_in_a_sentence(), suppress(FileNotFoundError):
            moment = self._system.modified(self._path(name))
        if moment is None:
            raise FileNotFoundError(self.address(name))
        return moment

    def remove(self, names: Iterable[str]) -> None:
        """Removes those of the files that exist, one after the other.

        Raises:
            RemoteError: one cannot be removed.
        """
        for name in names:
            with self._told_in_a_sentence(), suppress(FileNotFoundError):
                self._system.rm_file(self._path(name))

    def folders(self, name: str) -> list[str]:
        """The names of the folders in a folder; empty if it does not exist.

        Raises:
            RemoteError: they cannot be listed.
        """
        found: list[dict[str, Any]] = []
        with self._told_in_a_sentence(), suppress(FileNotFoundError, NotADirectoryError):
            found = self._system.ls(self._path(name), detail=True)
        paths = [info["name"].rstrip("/") for info in found if info["type"] == "directory"]
        return [path.rpartition("/")[2] for path in paths]

    @contextmanager
    def _told_in_a_sentence(self) -> Iterator[None]:
        """Each library raises its own errors, most of which only share the base Exception."""
        try:
            yield
        except UsageError:
            raise
        except Exception as error:
            raise RemoteError(f"{self.url} cannot be used: {_sentence(error)}.") from error

    def address(self, name: str) -> str:
        """The URL of a file."""
        return f"{self.url}/{name}"

    def _path(self, name: str) -> str:
        return f"{self._place[1]}/{name}" if name else self._place[1]


_REMEDY = "run pip install 'estimator-sweep[remote]'."


def _protocols(system: Any) -> tuple[str, ...]:
    protocol = system.protocol
    return (protocol,) if isinstance(protocol, str) else tuple(protocol)


def _sentence(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".:")
