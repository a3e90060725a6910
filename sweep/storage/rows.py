"""Trials as rows of Optuna's tables: reads them as objects, writes them, changes them in memory."""

from __future__ import annotations

import copy
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.engine import Connection

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

_TABLES_OF_TRIAL = (VALUES, PARAMS, USER_ATTRS, SYSTEM_ATTRS, REPORTS)
_KEYS = {
    VALUES: "objective",
    PARAMS: "param_name",
    USER_ATTRS: "key",
    SYSTEM_ATTRS: "key",
    REPORTS: "step",
}
"""The columns that tell the rows of a trial apart."""
# Made once, because making a statement takes longer than SQLite takes to answer it.
_SELECT = {
    table: sa.select(table).order_by(*table.primary_key.columns) for table in _TABLES_OF_TRIAL
}
_INSERT = {table: sa.insert(table) for table in _TABLES_OF_TRIAL}
_SELECT_IDS = {
    table: select.where(table.c.trial_id.in_(sa.bindparam("ids", expanding=True)))
    for table, select in _SELECT.items()
}
_SELECT_RANGE = {
    table: select.where(table.c.trial_id.between(sa.bindparam("first"), sa.bindparam("last")))
    for table, select in _SELECT.items()
}
_WIDEST_GAP = 20
"""The largest gap between trials that are requested as one range, for shorter statements."""
_MOST_IDS = 500
"""How many trials are named one by one in a statement; databases limit the number."""

Row = Mapping[str, Any]


def read_trials(connection: Connection, condition: sa.ColumnElement[bool]) -> list[FrozenTrial]:
    """The trials that satisfy a condition on TRIALS, in ascending order of their ids."""
    trials = connection.execute(
        sa.select(TRIALS).where(condition).order_by(TRIALS.c.trial_id)
    ).all()
    if not trials:
        return []
    ids = [trial.trial_id for trial in trials]
    parts = [_by_trial(connection, table, ids) for table in _TABLES_OF_TRIAL]
    return [_frozen(trial, *(part.get(trial.trial_id, ()) for part in parts)) for trial in trials]


def write_rows(
    connection: Connection,
    table: sa.Table,
    trial_id: int,
    rows: Mapping[Any, Row],
    trial: FrozenTrial | None = None,
) -> None:
    """Inserts rows of a trial by their key, and updates existing ones.

    Args:
        connection: the transaction.
        table: the table.
        trial_id: the trial.
        rows: the columns of each row, by its key.
        trial: the trial as the database has it, which is changed too; None if it is not known.
    """
    key = table.c[_KEYS[table]]
    of_trial = table.c.trial_id == trial_id
    if trial is None:
        there = set(connection.scalars(sa.select(key).where(of_trial, key.in_(rows))))
    else:
        there = rows.keys() & _content(trial, table).keys()
    new = [
        {"trial_id": trial_id, key.name: name, **row}
        for name, row in rows.items()
        if name not in there
    ]
    if new:
        connection.execute(_INSERT[table], new)
    for name in there:
        connection.execute(sa.update(table).where(of_trial, key == name).values(**rows[name]))
    if trial is not None:
        _change(trial, table, rows)


def new_trial(trial_id: int, number: int, began: datetime) -> FrozenTrial:
    """A trial that has just started, at a time in UTC."""
    return FrozenTrial(
        number=number,
        state=TrialState.RUNNING,
        value=None,
        datetime_start=local(began),
        datetime_complete=None,
        params={},
        distributions={},
        user_attrs={},
        system_attrs={},
        intermediate_values={},
        trial_id=trial_id,
    )


def copied(trial: FrozenTrial) -> FrozenTrial:
    """A copy of a trial that can be changed without changing the original."""
    other = copy.copy(trial)
    other.params, other.distributions = dict(trial.params), dict(trial.distributions)
    other.user_attrs, other.system_attrs = dict(trial.user_attrs), dict(trial.system_attrs)
    other.intermediate_values = dict(trial.intermediate_values)
    return other


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


def _content(trial: FrozenTrial, table: sa.Table) -> Mapping[Any, Any]:
    """A trial's content of a table, by the key of its rows."""
    content: dict[sa.Table, Mapping[Any, Any]] = {
        VALUES: dict(enumerate(trial.values or ())),
        PARAMS: trial.params,
        USER_ATTRS: trial.user_attrs,
        SYSTEM_ATTRS: trial.system_attrs,
        REPORTS: trial.intermediate_values,
    }
    return content[table]


def _change(trial: FrozenTrial, table: sa.Table, rows: Mapping[Any, Row]) -> None:
    """Changes a trial to what rows of a table say, as if they were read."""
    if table is VALUES:
        trial.values = [decode(row["value"], row["value_type"]) for _, row in sorted(rows.items())]
    elif table is REPORTS:
        trial.intermediate_values |= {
            step: decode(row["intermediate_value"], row["intermediate_value_type"])
            for step, row in rows.items()
        }
    elif table is PARAMS:
        for name, row in rows.items():
            distribution = _distribution(row["distribution_json"])
            trial.distributions[name] = distribution
            trial.params[name] = distribution.to_external_repr(row["param_value"])
    else:
        attrs = trial.user_attrs if table is USER_ATTRS else trial.system_attrs
        attrs |= {name: json.loads(row["value_json"]) for name, row in rows.items()}


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
        datetime_start=local(trial.datetime_start),
        datetime_complete=local(trial.datetime_complete),
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


def as_json(attrs: Mapping[str, Any] | None) -> dict[str, Row]:
    """Attributes as rows."""
    return {key: {"value_json": json.dumps(value)} for key, value in (attrs or {}).items()}


def _from_json(rows: Sequence[sa.Row[Any]]) -> dict[str, Any]:
    return {sys.intern(row.key): json.loads(row.value_json) for row in rows}


def report(number: float) -> Row:
    """An intermediate value as a row."""
    known, kind = encode(number)
    return {"intermediate_value": known, "intermediate_value_type": kind}


def value(number: float) -> Row:
    """A value as a row."""
    known, kind = encode(number)
    return {"value": known, "value_type": kind}


def moments(state: TrialState) -> dict[str, datetime]:
    """The times that a trial records when it changes to this state."""
    now = datetime.now(UTC).replace(tzinfo=None)
    if state is TrialState.RUNNING:
        return {"datetime_start": now}
    return {"datetime_complete": now} if state.is_finished() else {}


def local(time: datetime | None) -> datetime | None:
    """A time of the database, which is in UTC, in Optuna's time zone."""
    return None if time is None else time.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)
