"""Optuna's storage in a database, with trials read and written in few statements.

Optuna writes each param and each attribute in a transaction of its own and reads trials as objects
of its tables. Here what is known of a trial at a time is one transaction, and trials are read as
rows, a statement for each table. The rows are Optuna's, and so is the cache that keeps finished
trials in memory.

What a sweep does with a study is in `study`, and reading without Optuna in `reading`.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from optuna.distributions import (
    BaseDistribution,
    check_distribution_compatibility,
    distribution_to_json,
    json_to_distribution,
)
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.engine import Connection

from sweep import private
from sweep.storage.schema import (
    PARAMS,
    REPORTS,
    SYSTEM_ATTRS,
    TRIALS,
    USER_ATTRS,
    VALUES,
    decode,
    encode,
)

private.require(__name__)

_TABLES_OF_TRIAL = (VALUES, PARAMS, USER_ATTRS, SYSTEM_ATTRS, REPORTS)
_KEYS = {
    VALUES: "objective",
    PARAMS: "param_name",
    USER_ATTRS: "key",
    SYSTEM_ATTRS: "key",
    REPORTS: "step",
}
"""By what the rows of a trial are told apart."""
# Made once, for making a statement takes longer than SQLite takes to answer it.
_SELECT = {
    table: sa.select(table).order_by(*table.primary_key.columns) for table in _TABLES_OF_TRIAL
}
_SELECT_IDS = {
    table: select.where(table.c.trial_id.in_(sa.bindparam("ids", expanding=True)))
    for table, select in _SELECT.items()
}
_SELECT_RANGE = {
    table: select.where(table.c.trial_id.between(sa.bindparam("first"), sa.bindparam("last")))
    for table, select in _SELECT.items()
}
_WIDEST_GAP = 20
"""How far apart trials are named as a range, which a database is told in less time."""
_MOST_IDS = 500
"""How many trials are named one by one in a statement; databases bound the number."""
NO_RECORD = "Record does not exist."
"""What Optuna says of a study or a trial that is not there."""

Row = Mapping[str, Any]


class SweepStorage(RDBStorage):
    """An RDBStorage for one process that asks for trials and tells them."""

    _suggested: dict[int, dict[str, Row]] | None = None
    """Params that wait to be written, by trial id and name; None while none is to wait."""

    @contextmanager
    def params_at_once(self) -> Iterator[None]:
        """Writes the params that the block suggests in one transaction, at its end.

        Those of a trial that another has told meanwhile are left out.
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
        rows: dict[sa.Table, Mapping[Any, Row]] = {
            USER_ATTRS: _as_json(user_attrs),
            SYSTEM_ATTRS: _as_json(system_attrs),
            REPORTS: {step: _report(value) for step, value in (intermediate_values or {}).items()},
        }
        self._write(trial_id, {table: content for table, content in rows.items() if content})

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
        # One statement decides which of several processes gets a waiting trial or tells one.
        running = state is TrialState.RUNNING
        before = ["WAITING"] if running else ["WAITING", "RUNNING"]
        to_change = sa.and_(TRIALS.c.trial_id == trial_id, TRIALS.c.state.in_(before))
        with self._transaction() as connection:
            changed = sa.update(TRIALS).where(to_change).values(state=state.name, **_moments(state))
            if connection.execute(changed).rowcount == 0:
                self._check_unfinished(connection, trial_id)
                return False
            if values is not None:
                _insert_or_update(
                    connection, VALUES, trial_id, {i: _value(v) for i, v in enumerate(values)}
                )
        return True

    def get_trial(self, trial_id: int) -> FrozenTrial:
        for trial in self._read(TRIALS.c.trial_id == trial_id):
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
        # What Optuna's cache calls for the trials that it does not know to be finished.
        trial_id = TRIALS.c.trial_id
        unknown = sa.or_(trial_id > trial_id_greater_than, trial_id.in_(included_trial_ids))
        return self._read(sa.and_(_of_study(study_id, states), unknown))

    def _set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
        previous_distribution: BaseDistribution | None,
    ) -> None:
        # What Optuna's cache calls, with the distribution that the param is known to have.
        if self._suggested is None or previous_distribution is None:
            self._write_params(self._suggested or {})  # first, for their order is the trial's
            super()._set_trial_param(
                trial_id, param_name, param_value_internal, distribution, previous_distribution
            )
            return
        check_distribution_compatibility(previous_distribution, distribution)
        self._suggested[trial_id][param_name] = {
            "param_value": param_value_internal,
            "distribution_json": distribution_to_json(distribution),
        }

    def _write_params(self, suggested: dict[int, dict[str, Row]]) -> None:
        while suggested:
            trial_id, params = suggested.popitem()
            with suppress(UpdateFinishedTrialError):
                self._write(trial_id, {PARAMS: params})

    def _write(self, trial_id: int, rows: Mapping[sa.Table, Mapping[Any, Row]]) -> None:
        with self._transaction() as connection:
            self._check_unfinished(connection, trial_id)
            for table, content in rows.items():
                _insert_or_update(connection, table, trial_id, content)

    def _check_unfinished(self, connection: Connection, trial_id: int) -> None:
        state = sa.select(TRIALS.c.state).where(TRIALS.c.trial_id == trial_id)
        known = connection.execute(state).scalar()
        if known is None:
            raise KeyError(NO_RECORD)
        self.check_trial_is_updatable(trial_id, TrialState[known])

    def _read(self, condition: sa.ColumnElement[bool]) -> list[FrozenTrial]:
        with self._transaction() as connection:
            trials = connection.execute(
                sa.select(TRIALS).where(condition).order_by(TRIALS.c.trial_id)
            ).all()
            if not trials:
                return []
            ids = [trial.trial_id for trial in trials]
            parts = [_by_trial(connection, table, ids) for table in _TABLES_OF_TRIAL]
        return [
            _frozen(trial, *(part.get(trial.trial_id, ()) for part in parts)) for trial in trials
        ]

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


def _insert_or_update(
    connection: Connection, table: sa.Table, trial_id: int, rows: Mapping[Any, Row]
) -> None:
    """Inserts rows of a trial by their key, and updates those that are there."""
    key = table.c[_KEYS[table]]
    of_trial = table.c.trial_id == trial_id
    known = set(connection.scalars(sa.select(key).where(of_trial, key.in_(rows))))
    new = [
        {"trial_id": trial_id, key.name: name, **row}
        for name, row in rows.items()
        if name not in known
    ]
    if new:
        connection.execute(sa.insert(table), new)
    for name in known:
        connection.execute(sa.update(table).where(of_trial, key == name).values(**rows[name]))


def _by_trial(
    connection: Connection, table: sa.Table, ids: Sequence[int]
) -> dict[int, list[sa.Row[Any]]]:
    """The rows of these trials, which are in ascending order, as they were written."""
    first, last = ids[0], ids[-1]
    if last - first > _WIDEST_GAP and len(ids) <= _MOST_IDS:
        found = connection.execute(_SELECT_IDS[table], {"ids": ids})
    else:
        found = connection.execute(_SELECT_RANGE[table], {"first": first, "last": last})
    rows: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for row in found:
        rows[row.trial_id].append(row)
    return rows


def _frozen(
    trial: sa.Row[Any],
    values: Sequence[sa.Row[Any]],
    params: Sequence[sa.Row[Any]],
    user_attrs: Sequence[sa.Row[Any]],
    system_attrs: Sequence[sa.Row[Any]],
    reports: Sequence[sa.Row[Any]],
) -> FrozenTrial:
    distributions = {sys.intern(p.param_name): _distribution(p.distribution_json) for p in params}
    return FrozenTrial(
        number=trial.number,
        state=TrialState[trial.state],
        value=None,
        values=[
            decode(row.value, row.value_type) for row in sorted(values, key=lambda r: r.objective)
        ]
        or None,
        datetime_start=_local(trial.datetime_start),
        datetime_complete=_local(trial.datetime_complete),
        params={
            name: distribution.to_external_repr(row.param_value)
            for (name, distribution), row in zip(distributions.items(), params, strict=True)
        },
        distributions=distributions,
        user_attrs=_from_json(user_attrs),
        system_attrs=_from_json(system_attrs),
        intermediate_values={
            row.step: decode(row.intermediate_value, row.intermediate_value_type) for row in reports
        },
        trial_id=trial.trial_id,
    )


@lru_cache(maxsize=1024)
def _distribution(text: str) -> BaseDistribution:
    """One object for all trials that have it; Optuna changes none."""
    return json_to_distribution(text)


def _as_json(attrs: Mapping[str, Any] | None) -> dict[str, Row]:
    return {key: {"value_json": json.dumps(value)} for key, value in (attrs or {}).items()}


def _from_json(rows: Sequence[sa.Row[Any]]) -> dict[str, Any]:
    return {sys.intern(row.key): json.loads(row.value_json) for row in rows}


def _report(value: float) -> Row:
    number, kind = encode(value)
    return {"intermediate_value": number, "intermediate_value_type": kind}


def _value(value: float) -> Row:
    number, kind = encode(value)
    return {"value": number, "value_type": kind}


def _moments(state: TrialState) -> dict[str, datetime]:
    """What a trial that changes to this state notes of the time."""
    now = datetime.now(UTC).replace(tzinfo=None)
    if state is TrialState.RUNNING:
        return {"datetime_start": now}
    return {"datetime_complete": now} if state.is_finished() else {}


def _local(time: datetime | None) -> datetime | None:
    """A time of the database, which is in UTC, as Optuna has it."""
    return None if time is None else time.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)
