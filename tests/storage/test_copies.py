"""Copies of the database beside remote results, and who may write to it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sweep.errors import BusyError, LostDatabaseError
from sweep.folder.mirror import Mirror, make_mirror
from sweep.storage import lease as leases
from sweep.storage.copies import DatabaseCopies, fetch_database, url_to_read
from sweep.storage.lease import LEASE, Lease
from sweep.storage.lock import sole_sweep


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return make_mirror(f"file://{tmp_path}/store", tmp_path / "mirror")


@pytest.fixture
def other(tmp_path: Path) -> Mirror:
    return make_mirror(f"file://{tmp_path}/store", tmp_path / "other")


def write(mirror: Mirror, text: str) -> DatabaseCopies:
    file = mirror.folder / "studies.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE IF NOT EXISTS said (text)")
        database.execute("INSERT INTO said VALUES (?)", (text,))
    return DatabaseCopies(mirror, file)


def said(mirror: Mirror) -> list[str]:
    with closing(sqlite3.connect(mirror.folder / "studies.db")) as database:
        return [text for (text,) in database.execute("SELECT text FROM said")]


def test_another_machine_gets_the_last_copy_and_the_one_that_wrote_it_keeps_its_own(
    mirror: Mirror, other: Mirror
) -> None:
    write(mirror, "a").upload()
    fetch_database(other)
    assert said(other) == ["a"]
    write(mirror, "b").upload()
    write(mirror, "c")
    fetch_database(other)
    fetch_database(mirror)
    assert said(other) == ["a", "b"]
    assert said(mirror) == ["a", "b", "c"]


def test_a_database_elsewhere_is_read_from_its_copy_until_it_is_there(
    mirror: Mirror, other: Mirror, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/elsewhere.db"
    write(mirror, "a").upload()
    assert url_to_read(url, other.folder) == url
    fetch_database(other)
    assert url_to_read(url, other.folder) == f"sqlite:///{other.folder}/studies.db"
    fetch_database(other, tmp_path / "elsewhere.db")
    assert url_to_read(url, other.folder) == url
    assert url_to_read("sqlite:////missing.db", tmp_path) == "sqlite:////missing.db"


def test_a_copy_is_due_when_the_database_has_changed(mirror: Mirror) -> None:
    copies = write(mirror, "a")
    assert copies.is_due
    copies.upload()
    assert not copies.is_due
    write(mirror, "b")
    assert copies.is_due


def test_a_database_that_is_swept_is_left_as_it_is(mirror: Mirror, other: Mirror) -> None:
    write(other, "mine")
    write(mirror, "a").upload()
    with sole_sweep(f"sqlite:///{other.folder}/studies.db", "study"):
        fetch_database(other)
    assert said(other) == ["mine"]


def lease_of(mirror: Mirror, heard: list[str] | None = None) -> Lease:
    return Lease(mirror, "study", (heard if heard is not None else []).append)


def from_another_host(mirror: Mirror) -> None:
    """Makes the lease one that a process of another machine has written."""
    there = json.loads(mirror.remote.read(LEASE) or b"")
    there["holder"]["host"] = "elsewhere"
    mirror.remote.write(LEASE, json.dumps(there).encode())


def test_a_lease_is_given_back_and_taken_by_the_next(mirror: Mirror, other: Mirror) -> None:
    first = lease_of(mirror)
    first.take()
    with pytest.raises(BusyError):
        lease_of(other).take()
    lease_of(mirror).take()  # of the same machine's mirror several may sweep
    first.give_back()
    assert mirror.remote.read(LEASE) is not None
    lease_of(mirror).take()


def test_a_lease_that_is_not_renewed_is_taken_over_and_its_holder_finds_out(
    mirror: Mirror, other: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "SECONDS_TO_EXPIRE", 0.2)
    monkeypatch.setattr(leases, "SECONDS_BETWEEN_LOOKS", 0.05)
    lost = lease_of(mirror)
    lost.take()
    lost.check()
    from_another_host(mirror)
    heard: list[str] = []
    lease_of(other, heard).take()
    assert len(heard) == 1
    assert heard[0].endswith(
        " on elsewhere sweeps here, or has died: waiting up to 0 s to find out."
    )
    lost.renew()
    with pytest.raises(LostDatabaseError):
        lost.check()
