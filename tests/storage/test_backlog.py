"""Writes that wait for a database: a real one that another connection has locked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from sweep.errors import StorageError
from sweep.storage import backlog, database
from sweep.storage.backlog import Backlog, patiently
from sweep.storage.database import open_for_sweep
from sweep.storage.opening import open_study
from sweep.storage.study import AskedStudy
from tests.standin import study_of

OUT_OF_REACH = (
    "The database cannot be written to (database is locked). Running trials continue, no "
    "new ones start, and their reports are kept until the database is back."
)
BACK = "The database is back and has all results."


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AskedStudy:
    """A study whose database waits for nobody."""
    monkeypatch.setitem(database._CONNECT_ARGUMENTS, "sqlite", {"timeout": 0})
    monkeypatch.setattr(backlog, "SECONDS_BETWEEN_TRIES", 0.0)
    return open_study(open_for_sweep(f"sqlite:///{tmp_path}/studies.db"), "study", study_of(), 1)


@pytest.fixture
def other(study: AskedStudy, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that has the database locked."""
    connection = sqlite3.connect(tmp_path / "studies.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def test_what_waits_is_written_once_and_in_its_order(
    study: AskedStudy, other: sqlite3.Connection
) -> None:
    said: list[str] = []
    done: list[str] = []
    backlog = Backlog(study.touch, said.append)

    def write(word: str) -> None:
        study.set_user_attr("word", word)
        done.append(word)

    for word in ("one", "two", "three"):
        backlog.write(partial(write, word))
    assert (done, said, backlog.holds_writes) == ([], [OUT_OF_REACH], True)
    other.execute("ROLLBACK")
    backlog.catch_up()
    assert (done, said, backlog.holds_writes) == (
        ["one", "two", "three"],
        [OUT_OF_REACH, BACK],
        False,
    )
    assert study.user_attrs["word"] == "three"


@pytest.mark.slow
def test_a_database_is_not_back_before_it_takes_a_write(
    study: AskedStudy, other: sqlite3.Connection
) -> None:
    said: list[str] = []
    backlog = Backlog(study.touch, said.append)
    assert backlog.attempt(lambda: study.ask().number, -1) == -1
    backlog.catch_up()
    assert (backlog.is_behind, said) == (True, [OUT_OF_REACH])
    other.execute("ROLLBACK")
    backlog.catch_up()
    assert (backlog.is_behind, said) == (False, [OUT_OF_REACH, BACK])


def test_nothing_is_attempted_while_a_database_is_out_of_reach(
    study: AskedStudy, other: sqlite3.Connection
) -> None:
    backlog = Backlog(study.touch, lambda text: None)

    def count() -> int:
        return len(study.get_trials())

    assert backlog.attempt(count, -1) == 0
    backlog.write(study.touch)
    assert backlog.attempt(count, -1) == -1


def test_a_database_that_stays_out_of_reach_ends_the_sweep(
    study: AskedStudy, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = Backlog(study.touch, lambda text: None)
    writes.write(study.touch)
    writes.catch_up()
    monkeypatch.setattr(backlog, "SECONDS_TO_WRITE", 0.0)
    with pytest.raises(StorageError) as raised:
        writes.catch_up()
    assert str(raised.value) == (
        "The database could not be written to for 0 minutes (database is locked). Each "
        "trial's result is in its folder: run the same command again to record it."
    )


def test_a_database_that_stays_locked_cannot_be_opened(
    study: AskedStudy, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(backlog, "SECONDS_TO_OPEN", 0.2)
    with pytest.raises(StorageError) as raised:
        patiently(study.touch, said.append)
    assert str(raised.value) == "The database cannot be used: database is locked."
    assert said == ["Waiting for the database (database is locked)."]


def test_what_another_process_creates_at_the_same_moment_is_waited_for(study: AskedStudy) -> None:
    said: list[str] = []

    def create() -> None:
        if not said:
            study._database.engine.connect().exec_driver_sql("CREATE TABLE studies (id)")

    patiently(create, said.append)
    assert said == ["Waiting for the database (another process is setting it up)."]


def test_only_what_is_soon_over_is_waited_for(study: AskedStudy) -> None:
    study._database.engine.connect().exec_driver_sql("DROP TABLE study_system_attributes")
    with pytest.raises(StorageError) as raised:
        patiently(study.touch, lambda text: None)
    assert str(raised.value) == (
        "The database cannot be used: no such table: study_system_attributes."
    )
