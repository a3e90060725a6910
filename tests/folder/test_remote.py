"""Files on remote storage: on a server of S3, one of GCS, and in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.errors import UsageError
from sweep.folder.remote import Remote, is_remote
from tests.stores import Store


def test_files_are_put_got_listed_and_removed_by_name(store: Store, tmp_path: Path) -> None:
    remote = Remote(store.url)
    file = tmp_path / "file"
    file.write_bytes(b"x" * 100)
    remote.put(file, "a/b c/file")
    remote.write("a/empty", b"")
    assert remote.sizes("a") == {"b c/file": 100, "empty": 0}
    assert remote.sizes("") == {"a/b c/file": 100, "a/empty": 0}
    assert remote.folders("a") == ["b c"]
    assert remote.read("a/empty") == b""
    remote.get("a/b c/file", tmp_path / "got" / "file")
    assert (tmp_path / "got" / "file").read_bytes() == b"x" * 100
    assert remote.modified("a/empty") >= remote.modified("a/b c/file")
    remote.remove(["a/empty", "missing"])
    assert remote.sizes("a") == {"b c/file": 100}


def test_what_is_missing_there_is_none_or_nothing(store: Store, tmp_path: Path) -> None:
    remote = Remote(store.url)
    assert remote.read("missing") is None
    assert remote.sizes("missing") == {}
    assert remote.folders("missing") == []
    with pytest.raises(FileNotFoundError):
        remote.get("missing", tmp_path / "got")
    assert not (tmp_path / "got").exists()
    with pytest.raises(FileNotFoundError):
        remote.modified("missing")


def test_a_file_that_has_gone_meanwhile_is_told_from_storage_that_fails(
    store: Store, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        Remote(store.url).put(tmp_path / "gone", "name")


def test_a_url_is_known_and_what_pathlib_has_made_of_one_is_refused() -> None:
    assert is_remote("s3://bucket/sweeps")
    assert not is_remote("results")
    assert not is_remote(Path("/results"))
    with pytest.raises(UsageError):
        is_remote(Path("s3://bucket/sweeps"))
