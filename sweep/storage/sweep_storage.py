"""Optuna's storage in a database, with few statements to read and write trials.

Optuna writes each param and each attribute in its own transaction and reads trials as objects of
its tables. Here, what is known about a trial at one time is written in one transaction, and trials
are read as rows, with one statement for each table. The rows are Optuna's, and so is the cache that
keeps finished trials in memory.

How a sweep uses a study is in `study`, and reading without Optuna in `reading`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
from optuna.distributions import (
    BaseDistribution,
    check_distribution_compatibility,
    distribution_to_json,
)
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.engine import Connection

from sweep import private
from sweep.storage import rows
from sweep.storage.remembered import Remembered, count_changes, is_told
from sweep.storage.rows import Row, copied, read_trials, write_rows
from sweep.storage.schema import (
    PARAMS,
    REPORTS,
    STUDIES,
    SYSTEM_ATTRS,
    TRIALS,
    USER_ATTRS,
    VALUES,
)

private.require(__name__)

NO_RECORD = "Record does not exist."
"""What Optuna says about a study or a trial that does not exist."""
_NEW_TRIAL = sa.insert(TRIALS).from_select(
    ["study_id", "number", "state", "datetime_start"],
    sa.select(
        STUDIES.c.study_id,
        sa.select(sa.func.count()).where(TRIALS.c.study_id == STUDIES.c.study_id).scalar_subquery(),
        sa.literal(TrialState.RUNNING.name),
        sa.bindparam("datetime_start", type_=sa.DateTime),
    ).where(STUDIES.c.study_id == sa.bindparam("study")),
)
"""Inserts a trial with the next number, if its study exists."""


class SweepStorage(RDBStorage):
    """An RDBStorage for one process that asks for trials and tells them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._suggested: dict[int, dict[str, Row]] | None = None
        """Params that wait to be written, by trial id and name; None if none are to wait."""
        self._remembered = Remembered()

    @contextmanager
    def params_at_once(self) -> Iterator[None]:
        """Writes the params that the block suggests in one transaction, at its end.

        Params of a trial that another process has told meanwhile are dropped.
        """
        self._suggested = defaultdict(dict)
        try:
            yield
        finally:
            suggested, self._suggested = self._suggested, None
            self._write_params(suggested)

    def forget_params(self, trial_id: int) -> None:
        """Drops the params of a trial that wait to be written."""
        if self._suggested is not None:
            self._suggested.pop(trial_id, None)

    def record(
        self,
        trial_id: int,
        user_attrs: Mapping[str, Any] | None = None,
        system_attrs: Mapping[str, Any] | None = None,
        intermediate_values: Mapping[int, float] | None = None,
    ) -> None:
        """Sets attributes and intermediate values of an unfinished trial in one transaction.

        Raises:
            optuna.exceptions.UpdateFinishedTrialError: it is finished.
            KeyError: there is no such trial.
        """
        written: dict[sa.Table, Mapping[Any, Row]] = {
            USER_ATTRS: rows.as_json(user_attrs),
            SYSTEM_ATTRS: rows.as_json(system_attrs),
            REPORTS: {step: rows.report(v) for step, v in (intermediate_values or {}).items()},
        }
        self._write(trial_id, {table: content for table, content in written.items() if content})

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        self.record(trial_id, user_attrs={key: value})

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        self.record(trial_id, system_attrs={key: value})

    def set_trial_intermediate_value(
        self, trial_id: int, step: int, intermediate_value: float
    ) -> None:
        self.record(trial_id, intermediate_values={step: intermediate_value})

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        # One statement decides which of several processes gets a waiting trial or tells a trial.
        running = state is TrialState.RUNNING
        before = ["WAITING"] if running else ["WAITING", "RUNNING"]
        to_change = sa.and_(TRIALS.c.trial_id == trial_id, TRIALS.c.state.in_(before))
        moments = rows.moments(state)
        with self._changing(trial_id) as (connection, trial):
            changed = sa.update(TRIALS).where(to_change).values(state=state.name, **moments)
            if connection.execute(changed).rowcount == 0:
                self._check_unfinished(connection, trial_id)
                return False
            if values is not None:
                by_objective = {i: rows.value(v) for i, v in enumerate(values)}
                write_rows(connection, VALUES, trial_id, by_objective, trial)
            if trial is not None:
                trial.state = state
                for name, moment in moments.items():
                    setattr(trial, name, rows.local(moment))
        return True

    def get_trial(self, trial_id: int) -> FrozenTrial:
        with self._transaction() as connection:
            self._remembered.look(connection)
            if (known := self._remembered.get(trial_id)) is not None:
                return copied(known)
            for trial in read_trials(connection, TRIALS.c.trial_id == trial_id):
                return trial
        raise KeyError(NO_RECORD)

    def get_n_trials(
        self, study_id: int, state: tuple[TrialState, ...] | TrialState | None = None
    ) -> int:
        states = (state,) if isinstance(state, TrialState) else state
        query = sa.select(sa.func.count()).where(_of_study(study_id, states))
        with self._transaction() as connection:
            return connection.scalar(query) or 0

    def _get_trials(
        self,
        study_id: int,
        states: Container[TrialState] | None,
        included_trial_ids: set[int],
        trial_id_greater_than: int,
    ) -> list[FrozenTrial]:
        # Optuna's cache calls this for trials that it does not know to be finished.
        with self._transaction() as connection:
            self._remembered.look(connection)
            known = self._remembered.get_all(study_id, included_trial_ids, trial_id_greater_than)
            if known is None:
                trial_id = TRIALS.c.trial_id
                is_newer = trial_id > trial_id_greater_than
                unknown = sa.or_(is_newer, trial_id.in_(included_trial_ids))
                known = read_trials(connection, sa.and_(_of_study(study_id, None), unknown))
                self._remembered.begin(study_id, known, trial_id_greater_than)
        return [trial for trial in known if states is None or trial.state in states]

    def _create_new_trial(
        self, study_id: int, template_trial: FrozenTrial | None = None
    ) -> FrozenTrial:
        # Optuna's cache calls this. SQLite has one writer at a time, so the number needs no lock.
        if template_trial is not None or not is_told(self.engine):
            return super()._create_new_trial(study_id, template_trial)
        moments = rows.moments(TrialState.RUNNING)
        with self._transaction() as connection:
            self._remembered.look(connection)
            inserted = connection.execute(_NEW_TRIAL, {"study": study_id, **moments})
            if inserted.rowcount == 0:
                raise KeyError(NO_RECORD)
            is_it = TRIALS.c.trial_id == inserted.lastrowid
            number: int = connection.execute(sa.select(TRIALS.c.number).where(is_it)).scalar_one()
            n_changes = count_changes(connection)
        trial = rows.new_trial(inserted.lastrowid, number, moments["datetime_start"])
        self._remembered.put(trial, n_changes, study_id)
        return trial

    def _set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
        previous_distribution: BaseDistribution | None,
    ) -> None:
        # Optuna's cache calls this, with the distribution that the param is known to have.
        if previous_distribution is None:
            self._write_params(self._suggested or {})  # first, because their order is the trial's
            super()._set_trial_param(
                trial_id, param_name, param_value_internal, distribution, previous_distribution
            )
            return
        check_distribution_compatibility(previous_distribution, distribution)
        param = {
            "param_value": param_value_internal,
            "distribution_json": distribution_to_json(distribution),
        }
        if self._suggested is None:
            self._write(trial_id, {PARAMS: {param_name: param}})
        else:
            self._suggested[trial_id][param_name] = param

    def _write_params(self, suggested: dict[int, dict[str, Row]]) -> None:
        while suggested:
            trial_id, params = suggested.popitem()
            with suppress(UpdateFinishedTrialError):
                self._write(trial_id, {PARAMS: params})

    def _write(self, trial_id: int, written: Mapping[sa.Table, Mapping[Any, Row]]) -> None:
        with self._changing(trial_id) as (connection, trial):
            if trial is None:
                self._check_unfinished(connection, trial_id)
            else:
                self.check_trial_is_updatable(trial_id, trial.state)
            for table, content in written.items():
                write_rows(connection, table, trial_id, content, trial)

    def _check_unfinished(self, connection: Connection, trial_id: int) -> None:
        state = sa.select(TRIALS.c.state).where(TRIALS.c.trial_id == trial_id)
        known = connection.execute(state).scalar()
        if known is None:
            raise KeyError(NO_RECORD)
        self.check_trial_is_updatable(trial_id, TrialState[known])

    @contextmanager
    def _changing(self, trial_id: int) -> Iterator[tuple[Connection, FrozenTrial | None]]:
        """A transaction that changes a trial, and the trial if it is kept in memory.

        The block changes both in the same way.
        """
        with self._transaction() as connection:
            self._remembered.look(connection)
            known = self._remembered.get(trial_id)
            trial = None if known is None else copied(known)
            yield connection, trial
            n_changes = count_changes(connection)
        if trial is not None:
            self._remembered.put(trial, n_changes)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self.engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise StorageInternalError("A trial could not be read or written.") from error


def _of_study(study_id: int, states: Container[TrialState] | None) -> sa.ColumnElement[bool]:
    wanted = [state.name for state in TrialState if states is None or state in states]
    return sa.and_(TRIALS.c.study_id == study_id, TRIALS.c.state.in_(wanted))
