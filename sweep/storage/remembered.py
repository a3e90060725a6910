"""Keeps a study's unfinished trials in memory as long as nobody else writes to the database.

SQLite shows a connection whether another one has written, and how many rows it has changed itself.
While both are as they were after the last read or write here, the trials in memory are those in the
database. Other databases do not show this, so nothing of theirs is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from optuna.trial import FrozenTrial
from sqlalchemy.engine import Connection, Engine

from sweep import private

private.require(__name__)


class _Mark(NamedTuple):
    """The state of a connection."""

    connection: object
    version: int
    """Changes when another connection writes."""
    n_changes: int
    """The number of rows that the connection itself has changed."""


class Remembered:
    """The unfinished trials of the study that was read last."""

    def __init__(self) -> None:
        self._mark: _Mark | None = None
        self._study_id: int | None = None
        self._trials: dict[int, FrozenTrial] = {}
        self._handed_over = -1
        """The greatest id of a finished trial that is no longer kept."""

    def look(self, connection: Connection) -> None:
        """Forgets everything if the database may have changed since."""
        mark = _mark(connection)
        if mark is None or mark != self._mark:
            self._study_id = None
            self._trials.clear()
            self._mark = mark

    def get(self, trial_id: int) -> FrozenTrial | None:
        """A trial, to be read and not changed; None if it is not kept."""
        return self._trials.get(trial_id)

    def get_all(
        self, study_id: int, included: Iterable[int], greater_than: int
    ) -> list[FrozenTrial] | None:
        """The study's trials with these ids and with greater ids than another, in ascending order.

        None if that is not known. A finished trial is forgotten once it was returned.
        """
        wanted = set(included)
        is_known = study_id == self._study_id and greater_than >= self._handed_over
        if not is_known or not wanted <= self._trials.keys():
            return None
        found = [
            trial
            for trial_id, trial in self._trials.items()
            if trial_id in wanted or trial_id > greater_than
        ]
        self._forget_finished()
        return found

    def begin(self, study_id: int, trials: Iterable[FrozenTrial], greater_than: int) -> None:
        """Keeps the study whose trials were just read.

        Args:
            study_id: the study.
            trials: its unfinished trials, and maybe others.
            greater_than: no trial with a greater id is left out.
        """
        if self._mark is None:
            return
        self._study_id = study_id
        self._trials = {trial._trial_id: trial for trial in trials}
        self._handed_over = greater_than
        self._forget_finished()

    def put(self, trial: FrozenTrial, n_changes: int, study_id: int | None = None) -> None:
        """Keeps a trial as it was just written.

        Args:
            trial: the trial.
            n_changes: the result of `count_changes` at the end of that transaction, in which `look`
                was called first.
            study_id: the study that the trial is new in; None if the trial is known.
        """
        if self._mark is None or self._study_id is None:
            return
        self._mark = self._mark._replace(n_changes=n_changes)
        if study_id == self._study_id or trial._trial_id in self._trials:
            self._trials[trial._trial_id] = trial

    def _forget_finished(self) -> None:
        for trial_id in [id for id, trial in self._trials.items() if trial.state.is_finished()]:
            del self._trials[trial_id]
            self._handed_over = max(self._handed_over, trial_id)


def is_told(database: Engine | Connection) -> bool:
    """Whether the database shows who has written."""
    return database.dialect.name == "sqlite"


def count_changes(connection: Connection) -> int:
    """How many rows the connection has changed so far; 0 if the database does not show it."""
    return _raw(connection).total_changes if is_told(connection) else 0


def _mark(connection: Connection) -> _Mark | None:
    if not is_told(connection):
        return None
    raw = _raw(connection)
    (version,) = raw.execute("PRAGMA data_version").fetchone()
    return _Mark(raw, version, raw.total_changes)


def _raw(connection: Connection) -> Any:
    """The connection of Python's sqlite3."""
    return connection.connection.dbapi_connection
