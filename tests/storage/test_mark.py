"""Databases and studies recognized by their marks: real SQLite, overwritten in every way."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import optuna
import pytest

from sweep.storage.database import open_for_sweep
from sweep.storage.mark import FileMark, StudyMark
from sweep.storage.sweep_storage import SweepStorage


def make_database(file: Path) -> SweepStorage:
    """A database with one study, of which nothing waits in the write-ahead log."""
    storage = open_for_sweep(f"sqlite:///{file}")
    optuna.create_study(storage=storage, study_name="study")
    storage.engine.dispose()
    return storage


def study_id(storage: SweepStorage) -> int:
    return storage.get_study_id_from_name("study")


def empty(file: Path) -> None:
    file.open("wb").close()


def copy_another_over(file: Path) -> None:
    make_database(file.with_name("other.db"))
    shutil.copyfile(file.with_name("other.db"), file)


def copy_another_that_was_swept_over(file: Path) -> None:
    other = file.with_name("other.db")
    storage = make_database(other)
    FileMark(storage.engine, other)
    storage.engine.dispose()
    shutil.copyfile(other, file)


def copy_another_that_has_changed_more_over(file: Path) -> None:
    other = file.with_name("other.db")
    make_database(other)
    with closing(sqlite3.connect(other, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        for _ in range(50):
            connection.execute("VACUUM")
    shutil.copyfile(other, file)


def copy_its_backup_over(file: Path) -> None:
    shutil.copyfile(file.with_name("backup.db"), file)


def locks_on(file: Path) -> list[str]:
    """The locks that processes hold on a file, as the kernel lists them."""
    lines = Path("/proc/locks").read_text().splitlines()
    its = f":{file.stat().st_ino} "
    return sorted(line.partition(":")[2] for line in lines if its in line)


@pytest.mark.parametrize(
    "overwrite",
    [
        empty,
        copy_another_over,
        copy_another_that_was_swept_over,
        copy_another_that_has_changed_more_over,
        copy_its_backup_over,
    ],
)
def test_a_file_that_is_overwritten_is_not_the_same(
    tmp_path: Path, overwrite: Callable[[Path], None]
) -> None:
    file = tmp_path / "studies.db"
    storage = make_database(file)
    FileMark(storage.engine, file)  # an earlier sweep's
    storage.engine.dispose()
    shutil.copy(file, tmp_path / "backup.db")
    mark, inode = FileMark(storage.engine, file), file.stat().st_ino
    assert mark.is_there()
    overwrite(file)
    assert file.stat().st_ino == inode
    assert not mark.is_there()


def test_a_file_stays_the_same_whatever_is_written_into_it(tmp_path: Path) -> None:
    file = tmp_path / "studies.db"
    storage = make_database(file)
    mark = FileMark(storage.engine, file)
    others = FileMark(open_for_sweep(f"sqlite:///{file}").engine, file)
    for number in range(3):
        optuna.create_study(storage=f"sqlite:///{file}", study_name=f"another {number}")
        storage.set_study_user_attr(study_id(storage), "long", "x" * 2**16)
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            other.execute("VACUUM")
        assert mark.is_there()
        assert others.is_there()


def test_a_file_whose_mark_waits_in_the_log_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "studies.db"
    storage = make_database(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("PRAGMA journal_mode=WAL")
        storage.set_study_user_attr(study_id(storage), "before", "the mark")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM studies").fetchall()
        mark = FileMark(storage.engine, file)
        assert file.read_bytes()[60:64] == bytes(4)
        assert mark.is_there()
        reader.execute("COMMIT")
        reader.execute("PRAGMA wal_checkpoint")
    assert file.read_bytes()[60:64] != bytes(4)
    assert mark.is_there()
    copy_another_over(file)
    assert not mark.is_there()


def test_looking_at_a_file_keeps_the_locks_that_sqlite_has_on_it(tmp_path: Path) -> None:
    file = tmp_path / "studies.db"
    storage = make_database(file)
    with storage.engine.connect() as connection:
        mark = FileMark(storage.engine, file)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        before = locks_on(file)
        assert mark.is_there()
        del mark
        assert locks_on(file) == before != []


def test_a_study_is_known_until_it_is_deleted(tmp_path: Path) -> None:
    storage = make_database(tmp_path / "studies.db")
    mark, again = (StudyMark(storage, study_id(storage)) for _ in range(2))
    assert mark.is_there()
    assert again.is_there()
    optuna.delete_study(storage=f"sqlite:///{tmp_path}/studies.db", study_name="study")
    assert not mark.is_there()


def test_a_study_of_the_same_name_in_its_place_is_another(tmp_path: Path) -> None:
    storage = make_database(tmp_path / "studies.db")
    mark = StudyMark(storage, study_id(storage))
    optuna.delete_study(storage=storage, study_name="study")
    optuna.create_study(storage=storage, study_name="study")
    assert not mark.is_there()
    StudyMark(storage, study_id(storage))
    assert not mark.is_there()


def test_a_study_whose_database_cannot_be_asked_is_taken_to_be_there(tmp_path: Path) -> None:
    storage = make_database(tmp_path / "studies.db")
    mark = StudyMark(storage, study_id(storage))
    with storage.engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE study_system_attributes")
    assert mark.is_there()
