"""Reading studies straight from Optuna's tables, for which Optuna need not be imported.

A handful of queries answers for a study of any size; turning the rows into tables is left to
`sweep.results`.
"""

from __future__ import annotations

import json
import math
import statistics
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from sweep.attrs import CONFIGURATION, CONFIRMS, HOLDER, METRIC_NAMES, REPEATS
from sweep.errors import StorageError
from sweep.storage.database import told_in_a_sentence
from sweep.storage.holder import Holder
from sweep.storage.schema import (
    DIRECTIONS,
    NOT_FINITE,
    PARAMS,
    REPORTS,
    STUDIES,
    STUDY_SYSTEM_ATTRS,
    STUDY_USER_ATTRS,
    SYSTEM_ATTRS,
    TRIALS,
    USER_ATTRS,
    VALUES,
)
from sweep.storage.url import show
from sweep.wording import listed, question

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class StudySummary:
    """One study, as a line of `list` has it."""

    name: str
    metrics: tuple[str, ...]
    """Empty where nobody named them, as in a study made with Optuna alone."""
    directions: tuple[str, ...]
    """"maximize" or "minimize" for each objective."""
    states: dict[str, int]
    """How many trials are in each of Optuna's states."""
    best_value: float | None
    """Of the COMPLETE trials, without those that confirm; of configurations that are trained with
    several seeds, what these come to. None where there is none, or several objectives."""
    last_change: datetime | None
    """When a trial was last started or ended, in UTC."""
    aggregate: str = "mean"
    """What the value of a configuration with several trainings is: mean or median."""


@dataclass(frozen=True)
class TrialRows:
    """The rows of one study's trials, from each of Optuna's tables."""

    trials: Rows
    """number, state, datetime_start, datetime_complete (in UTC), by number"""
    values: Rows
    """number, objective, value, value_type"""
    params: Rows
    """number, param_name, param_value, distribution_json"""
    user_attrs: Rows
    """key, and the numbers of the trials that have it and their values, each as a JSON array"""


def summarize_studies(engine: Engine) -> list[StudySummary]:
    """Every study of the database, in the order of their creation."""
    with told_in_a_sentence(engine.url, "read"), engine.connect() as connection:
        studies = connection.execute(sa.select(STUDIES).order_by(STUDIES.c.study_id))
        return [_summarize(connection, study_id, name) for study_id, name in studies.all()]


def summarize_study(engine: Engine, name: str) -> StudySummary:
    """The study called `name`.

    Raises:
        StorageError: there is none.
    """
    with told_in_a_sentence(engine.url, "read"), engine.connect() as connection:
        return _summarize(connection, _study_id(connection, name), name)


def read_trials(
    engine: Engine,
    name: str,
    *,
    numbers: Collection[int] | None = None,
    attrs: Collection[str] | None = None,
    with_params: bool = True,
) -> TrialRows:
    """The rows of the trials of the study called `name`.

    A trial that Optuna is adding at this moment may have no number yet; it is passed over.

    Args:
        engine: the database.
        name: the study's name.
        numbers: the trials to read; None is all.
        attrs: the user attributes to read, which are more than all else; None is all.
        with_params: whether to read params, which come next.

    Raises:
        StorageError: there is no such study.
    """
    with told_in_a_sentence(engine.url, "read"), engine.connect() as connection:
        is_wanted = sa.and_(
            TRIALS.c.study_id == _study_id(connection, name), TRIALS.c.number.is_not(None)
        )
        if numbers is not None:
            is_wanted &= _is_one_of(TRIALS.c.number, numbers)
        trials = connection.execute(
            sa.select(*_columns(TRIALS, "number", "state", "datetime_start", "datetime_complete"))
            .where(is_wanted)
            .order_by(TRIALS.c.number)
        )
        return TrialRows(
            trials=trials.all(),
            values=_rows_of(connection, is_wanted, VALUES, "objective", "value", "value_type"),
            params=_rows_of(
                connection, is_wanted, PARAMS, "param_name", "param_value", "distribution_json"
            )
            if with_params
            else (),
            user_attrs=_user_attrs_of(connection, is_wanted, attrs),
        )


def read_holders(engine: Engine, name: str) -> list[Holder]:
    """The processes that run trials of the study called `name`, as a server database has them.

    Raises:
        StorageError: there is no such study.
    """
    with told_in_a_sentence(engine.url, "read"), engine.connect() as connection:
        records = connection.execute(
            sa.select(SYSTEM_ATTRS.c.value_json)
            .join(TRIALS, SYSTEM_ATTRS.c.trial_id == TRIALS.c.trial_id)
            .where(
                TRIALS.c.study_id == _study_id(connection, name),
                TRIALS.c.state == "RUNNING",
                SYSTEM_ATTRS.c.key == HOLDER,
            )
        ).scalars()
        holders = {Holder.from_json(json.loads(record)) for record in records}
        return sorted((h for h in holders if not h.is_gone), key=lambda h: (h.host, h.pid))


def read_study_attrs(engine: Engine, name: str) -> dict[str, Any]:
    """The user attributes of the study called `name`, its seed among them.

    Raises:
        StorageError: there is no such study.
    """
    with told_in_a_sentence(engine.url, "read"), engine.connect() as connection:
        rows = connection.execute(
            sa.select(STUDY_USER_ATTRS.c.key, STUDY_USER_ATTRS.c.value_json).where(
                STUDY_USER_ATTRS.c.study_id == _study_id(connection, name)
            )
        )
        return {key: json.loads(value) for key, value in rows}


def read_reports(engine: Engine, name: str) -> Rows:
    """What the trials of the study called `name` have reported: number, step, value, value_type.

    Raises:
        StorageError: there is no such study.
    """
    with told_in_a_sentence(engine.url, "read"), engine.connect() as connection:
        query = (
            sa.select(
                TRIALS.c.number,
                *_columns(REPORTS, "step", "intermediate_value", "intermediate_value_type"),
            )
            .select_from(REPORTS.join(TRIALS, REPORTS.c.trial_id == TRIALS.c.trial_id))
            .where(TRIALS.c.study_id == _study_id(connection, name), TRIALS.c.number.is_not(None))
            .order_by(TRIALS.c.number, REPORTS.c.step)
        )
        return connection.execute(query).all()


def _is_one_of(column: sa.Column[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    """Of any number of values, for which a database has not enough parameters."""
    return column.in_(sa.bindparam(None, list(values), expanding=True, literal_execute=True))


def _rows_of(
    connection: Connection, is_wanted: sa.ColumnElement[bool], table: sa.Table, *names: str
) -> Rows:
    """The number and these columns of the trials that are wanted, in the order of their writing."""
    query = _of_trials(table, is_wanted, TRIALS.c.number, *_columns(table, *names))
    return connection.execute(query.order_by(*table.primary_key.columns)).all()


def _user_attrs_of(
    connection: Connection, is_wanted: sa.ColumnElement[bool], attrs: Collection[str] | None
) -> Rows:
    """The user attributes of the trials that are wanted, a row for each key, as `TrialRows` has it.

    That is faster than a row for each value, of which there are more than of all else.
    """
    key, value = USER_ATTRS.c.key, USER_ATTRS.c.value_json
    number = sa.cast(TRIALS.c.number, sa.String)
    query = _of_trials(USER_ATTRS, is_wanted, key, _as_array(number), _as_array(value))
    if attrs is not None:
        query = query.where(_is_one_of(key, attrs))
    first = sa.func.min(USER_ATTRS.c.trial_user_attribute_id)
    return connection.execute(query.group_by(key).order_by(first)).all()


def _of_trials(
    table: sa.Table, is_wanted: sa.ColumnElement[bool], *columns: sa.ColumnElement[Any]
) -> sa.Select[Any]:
    joined = table.join(TRIALS, table.c.trial_id == TRIALS.c.trial_id)
    return sa.select(*columns).select_from(joined).where(is_wanted)


def _as_array(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """A group's JSON texts as one array."""
    return "[" + sa.func.aggregate_strings(column, ",") + "]"


def _columns(table: sa.Table, *names: str) -> list[sa.ColumnElement[Any]]:
    """These columns, with enumerations as texts: SQLAlchemy would look each up that it reads."""
    return [
        sa.type_coerce(column, sa.String) if isinstance(column.type, sa.Enum) else column
        for column in (table.c[name] for name in names)
    ]


def _study_id(connection: Connection, name: str) -> int:
    names = {
        study_name: study_id for study_id, study_name in connection.execute(sa.select(STUDIES))
    }
    if name not in names:
        raise StorageError(
            f"There is no study {name!r} in {show(connection.engine.url)}, which holds "
            f"{listed(names)}{question(name, names)}"
        )
    return int(names[name])


def _summarize(connection: Connection, study_id: int, name: str) -> StudySummary:
    directions = connection.execute(
        sa.select(DIRECTIONS.c.direction)
        .where(DIRECTIONS.c.study_id == study_id)
        .order_by(DIRECTIONS.c.objective)
    ).scalars()
    metric_names = connection.execute(
        sa.select(STUDY_SYSTEM_ATTRS.c.value_json).where(
            STUDY_SYSTEM_ATTRS.c.study_id == study_id, STUDY_SYSTEM_ATTRS.c.key == METRIC_NAMES
        )
    ).scalar()
    states = connection.execute(
        sa.select(TRIALS.c.state, sa.func.count())
        .where(TRIALS.c.study_id == study_id)
        .group_by(TRIALS.c.state)
    )
    last_change = connection.execute(
        sa.select(
            sa.func.max(
                sa.func.coalesce(TRIALS.c.datetime_complete, TRIALS.c.datetime_start),
                type_=sa.DateTime,
            )
        ).where(TRIALS.c.study_id == study_id)
    ).scalar()
    repeats = connection.execute(
        sa.select(STUDY_USER_ATTRS.c.value_json).where(
            STUDY_USER_ATTRS.c.study_id == study_id, STUDY_USER_ATTRS.c.key == REPEATS
        )
    ).scalar()
    aggregate = json.loads(repeats)["by"] if repeats else None
    names = tuple(direction.lower() for direction in directions)
    return StudySummary(
        name=name,
        metrics=tuple(json.loads(metric_names)) if metric_names else (),
        directions=names,
        states=dict(tuple(row) for row in states),
        best_value=_best_value(connection, study_id, names[0], aggregate)
        if len(names) == 1
        else None,
        last_change=None if last_change is None else last_change.replace(tzinfo=UTC),
        aggregate=aggregate or "mean",
    )


def _best_value(
    connection: Connection, study_id: int, direction: str, aggregate: str | None
) -> float | None:
    of_trial = USER_ATTRS.alias()
    is_confirming = (
        sa.exists()
        .where(of_trial.c.trial_id == TRIALS.c.trial_id, of_trial.c.key == CONFIRMS)
        .correlate(TRIALS)
    )
    of_study = sa.and_(TRIALS.c.study_id == study_id, TRIALS.c.state == "COMPLETE", ~is_confirming)
    if aggregate is not None:
        values = _values_of_configurations(connection, of_study, aggregate)
        return (max if direction == "maximize" else min)(values, default=None)
    kind = VALUES.c.value_type
    columns = (sa.case((kind == "INF_POS", 1), (kind == "INF_NEG", -1), else_=0), VALUES.c.value)
    order = [c.desc() if direction == "maximize" else c.asc() for c in columns]
    best = connection.execute(
        sa.select(*columns)
        .select_from(VALUES.join(TRIALS, VALUES.c.trial_id == TRIALS.c.trial_id))
        .where(of_study)
        .order_by(*order)
        .limit(1)
    ).first()
    if best is None:
        return None
    sign, value = best
    return math.inf * sign if sign else float(value)


def _values_of_configurations(
    connection: Connection, is_wanted: sa.ColumnElement[bool], aggregate: str
) -> list[float]:
    """The mean or the median of the values of each configuration's trials."""
    links: dict[str, dict[int, int]] = {}
    for key, numbers, values in _user_attrs_of(connection, is_wanted, (CONFIGURATION, REPEATS)):
        links[key] = dict(zip(json.loads(numbers), json.loads(values), strict=True))
    found: dict[int, list[Any]] = defaultdict(list)
    for number, value, kind in _rows_of(connection, is_wanted, VALUES, "value", "value_type"):
        for link in (REPEATS, CONFIGURATION):
            number = links.get(link, {}).get(number, number)
        found[number].append(NOT_FINITE.get(kind, value))
    come_to = statistics.median if aggregate == "median" else statistics.fmean
    return [come_to(values) for values in found.values()]
