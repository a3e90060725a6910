"""Queries for the rows of a study's trials in each of Optuna's tables."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sweep.attrs import CONSTRAINTS
from sweep.storage.schema import SYSTEM_ATTRS, TRIALS, USER_ATTRS

Rows = Sequence[Sequence[Any]]


def is_one_of(column: sa.Column[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    """A condition for any number of values, even more than a database allows as parameters."""
    return column.in_(sa.bindparam(None, list(values), expanding=True, literal_execute=True))


def rows_of(
    connection: Connection, is_wanted: sa.ColumnElement[bool], table: sa.Table, *names: str
) -> Rows:
    """The number and these columns of the wanted trials, in the order of writing."""
    query = _of_trials(table, is_wanted, TRIALS.c.number, *columns_of(table, *names))
    return connection.execute(query.order_by(*table.primary_key.columns)).all()


def user_attrs_of(
    connection: Connection, is_wanted: sa.ColumnElement[bool], attrs: Collection[str] | None
) -> Rows:
    """The user attributes of the wanted trials, one row for each key, as in `TrialRows`.

    That is faster than one row for each value, because there are more values than anything else.
    """
    key, value = USER_ATTRS.c.key, USER_ATTRS.c.value_json
    number = sa.cast(TRIALS.c.number, sa.String)
    query = _of_trials(USER_ATTRS, is_wanted, key, _as_array(number), _as_array(value))
    if attrs is not None:
        query = query.where(is_one_of(key, attrs))
    first = sa.func.min(USER_ATTRS.c.trial_user_attribute_id)
    return connection.execute(query.group_by(key).order_by(first)).all()


def excesses_of(
    connection: Connection, is_wanted: sa.ColumnElement[bool]
) -> dict[int, list[float]]:
    """By how much each of the wanted trials breaks each constraint, by their numbers.

    Optuna keeps this as one list if a sampler computed it, or else each by its name.
    """
    key, value = SYSTEM_ATTRS.c.key, SYSTEM_ATTRS.c.value_json
    is_one = sa.or_(key == CONSTRAINTS, key.startswith(f"{CONSTRAINTS}:", autoescape=True))
    query = _of_trials(SYSTEM_ATTRS, is_wanted & is_one, TRIALS.c.number, value)
    found: dict[int, list[float]] = defaultdict(list)
    for number, text in connection.execute(
        query.order_by(SYSTEM_ATTRS.c.trial_system_attribute_id)
    ):
        excess = json.loads(text)
        found[number] += excess if isinstance(excess, list) else [excess]
    return dict(found)


def _of_trials(
    table: sa.Table, is_wanted: sa.ColumnElement[bool], *columns: sa.ColumnElement[Any]
) -> sa.Select[Any]:
    joined = table.join(TRIALS, table.c.trial_id == TRIALS.c.trial_id)
    return sa.select(*columns).select_from(joined).where(is_wanted)


def _as_array(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """A group's JSON texts as one array."""
    return "[" + sa.func.aggregate_strings(column, ",") + "]"


def columns_of(table: sa.Table, *names: str) -> list[sa.ColumnElement[Any]]:
    """These columns, with enumerations as text: SQLAlchemy would look up each one that it reads."""
    return [
        sa.type_coerce(column, sa.String) if isinstance(column.type, sa.Enum) else column
        for column in (table.c[name] for name in names)
    ]
