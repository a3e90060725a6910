"""Marks by which a sweep recognizes its database and its study, even if others replace them.

A file can be overwritten and stay the same file, and a study can be deleted from a database that
stays. So an SQLite file is recognized by a number in its header, and a study by a system attribute.
Each is drawn once, and kept.
"""

from __future__ import annotations

import json
import os
import secrets
import struct
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from sweep import attrs
from sweep.storage.schema import STUDY_SYSTEM_ATTRS
from sweep.storage.sweep_storage import SweepStorage

_LENGTH = 64
_CHANGES = 24
_MARK = 60
"""Where the header has its change counter, and the `user_version` that applications may set."""
_LARGEST = 2**31 - 1


class FileMark:
    """An SQLite file, recognized by its header.

    Only the header itself is reliable: a connection reads what it has in memory or in the
    write-ahead log, whatever happened to the file.
    """

    def __init__(self, engine: Engine, file: Path) -> None:
        self._mark = _marked(engine)
        self._descriptor = _descriptor(file, file.stat().st_ino)
        self._is_in_file = False
        self._changes = 0

    def is_there(self) -> bool:
        """Whether the file is the same, and no older than at the last check."""
        header = os.pread(self._descriptor, _LENGTH, 0)
        if len(header) < _LENGTH:
            return False
        changes, mark = (_number(header, place) for place in (_CHANGES, _MARK))
        if changes < self._changes:
            return False
        self._changes = changes
        if mark == self._mark:
            self._is_in_file = True
            return True
        # A reader may keep the mark in the write-ahead log for a while.
        return mark == 0 and not self._is_in_file


class StudyMark:
    """A study, recognized by an attribute whose value no other study has."""

    def __init__(self, storage: SweepStorage, study_id: int) -> None:
        known = storage.get_study_system_attrs(study_id).get(attrs.IDENTITY)
        self._engine = storage.engine
        self.value: str = known or secrets.token_hex(8)
        if known is None:
            storage.set_study_system_attr(study_id, attrs.IDENTITY, self.value)
        self._query = sa.select(STUDY_SYSTEM_ATTRS.c.value_json).where(
            STUDY_SYSTEM_ATTRS.c.study_id == study_id, STUDY_SYSTEM_ATTRS.c.key == attrs.IDENTITY
        )

    def is_there(self) -> bool:
        """Whether the database still has the study, as far as it can be asked."""
        try:
            with self._engine.connect() as connection:
                found = connection.scalar(self._query)
        except SQLAlchemyError:
            return True
        return found is not None and json.loads(found) == self.value


def _marked(engine: Engine) -> int:
    """Marks a database without a mark, and writes the mark through to its file; returns it.

    An existing mark is written again, so that the file counts a change: any copy from before the
    sweep is then older.
    """
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        mark = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        mark = mark or 1 + secrets.randbelow(_LARGEST)
        connection.exec_driver_sql(f"PRAGMA user_version = {mark}")
        connection.commit()
        connection.exec_driver_sql("PRAGMA wal_checkpoint").close()
    return int(mark)


@cache
def _descriptor(file: Path, inode: int) -> int:
    """Never closed: closing it would drop the locks that SQLite has on the file in this process."""
    return os.open(file, os.O_RDONLY | os.O_CLOEXEC)


def _number(header: bytes, place: int) -> int:
    number: int = struct.unpack_from(">i", header, place)[0]
    return number
