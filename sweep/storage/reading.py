"""Reads studies directly from Optuna's tables, without importing Optuna.

A handful of queries is enough for a study of any size. `sweep.results` turns the rows into tables.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from sweep.attrs import CONSTRAINTS, HOLDER, METRIC_NAMES, REPEATS
from sweep.errors import StorageError
from sweep.storage.best_value import best_value
from sweep.storage.database import told_in_a_sentence
from sweep.storage.holder import Holder
from sweep.storage.queries import Rows, columns_of, excesses_of, is_one_of, rows_of, user_attrs_of
from sweep.storage.schema import (
    DIRECTIONS,
    PARAMS,
    REPORTS,
    STUDIES,
    STUDY_SYSTEM_ATTRS,
    STUDY_USER_ATTRS,
    SYSTEM_ATTRS,
    TRIALS,
    VALUES,
)
from sweep.storage.url import show
from sweep.wording import listed, question


@dataclass(frozen=True)
class StudySummary:
    """One study, as a line of `sweep list`."""

    name: str
    metrics: tuple[str, ...]
    """Empty if nobody named them, as in a study made with Optuna alone."""
    directions: tuple[str, ...]
    """"maximize" or "minimize" for each objective."""
    states: dict[str, int]
    """The number of trials in each of Optuna's states."""
    best_value: float | None
    """The best value of COMPLETE trials, except those that confirm and those that break
    constraints. Configurations with several seeds count with their mean or median. None if there is
    none, if there are several objectives, or if it was not read."""
    last_change: datetime | None
    """When a trial last started or ended, in UTC."""
    aggregate: str = "mean"
    """How the values of a configuration with several trainings are combined: mean or median."""
    constraints: tuple[str, ...] = ()
    """The constraints on the metrics of its trials, as in `latency <= 20`."""


@dataclass(frozen=True)
class TrialRows:
    """The rows of one study's trials in each of Optuna's tables."""

    trials: Rows
    """number, state, datetime_start, datetime_complete (in UTC), by number"""
    values: Rows
    """number, objective, value, value_type"""
    params: Rows
    """number, param_name, param_value, distribution_json"""
    user_attrs: Rows
    """key, the numbers of the trials that have it, and their values; both as JSON arrays"""
    excesses: Mapping[int, Sequence[float]] = field(default_factory=dict)
    """By number: by how much a trial breaks each constraint of the study, if it has any."""


def study_names(engine: Engine) -> list[str]:
    """The names of all studies of the database, in the order of their creation."""
    with told_in_a_sentence(engine.url, "read"), engine.connect() as connection:
        query = sa.select(STUDIES.c.study_name).order_by(STUDIES.c.study_id)
        return list(connection.execute(query).scalars())


def summarize_studies(engine: Engine) -> list[StudySummary]:
    """Every study of the database, in the order of their creation."""
    with told_in_a_sentence(engine.url, "read"), engine.connect() as connection:
        studies = connection.execute(sa.select(STUDIES).order_by(STUDIES.c.study_id))
        return [_summarize(connection, study_id, name) for study_id, name in studies.all()]


def summarize_study(engine: Engine, name: str, *, with_best: bool = True) -> StudySummary:
    """The study called `name`, with its best value or without.

    Raises:
        StorageError: there is no such study.
    """
    with told_in_a_sentence(engine.url, "read"), engine.connect() as connection:
        return _summarize(connection, _study_id(connection, name), name, with_best=with_best)


def read_trials(
    engine: Engine,
    name: str,
    *,
    numbers: Collection[int] | None = None,
    attrs: Collection[str] | None = None,
    details: bool = True,
) -> TrialRows:
    """The rows of the trials of the study called `name`.

    A trial that Optuna is adding at this moment may have no number yet; it is skipped.

    Args:
        engine: the database.
        name: the study's name.
        numbers: the trials to read; None is all.
        attrs: the user attributes to read, which are most of the data; None is all.
        details: whether to read params and times, which are most of the rest.

    Raises:
        StorageError: there is no such study.
    """
    with told_in_a_sentence(engine.url, "read"), engine.connect() as connection:
        is_wanted = sa.and_(
            TRIALS.c.study_id == _study_id(connection, name), TRIALS.c.number.is_not(None)
        )
        if numbers is not None:
            is_wanted &= is_one_of(TRIALS.c.number, numbers)
        times = [TRIALS.c.datetime_start, TRIALS.c.datetime_complete]
        trials = connection.execute(
            sa.select(
                *columns_of(TRIALS, "number", "state"),
                *(times if details else [sa.null() for _ in times]),
            )
            .where(is_wanted)
            .order_by(TRIALS.c.number)
        )
        return TrialRows(
            trials=trials.all(),
            values=rows_of(connection, is_wanted, VALUES, "objective", "value", "value_type"),
            params=rows_of(
                connection, is_wanted, PARAMS, "param_name", "param_value", "distribution_json"
            )
            if details
            else (),
            user_attrs=user_attrs_of(connection, is_wanted, attrs),
            excesses=excesses_of(connection, is_wanted),
        )


def read_holders(engine: Engine, name: str) -> list[Holder]:
    """The processes that run trials of the study called `name`, from a server database.

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
    """The user attributes of the study called `name`, including its seed.

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
    """The reports of the trials of the study called `name`: number, step, value, value_type.

    Raises:
        StorageError: there is no such study.
    """
    with told_in_a_sentence(engine.url, "read"), engine.connect() as connection:
        query = (
            sa.select(
                TRIALS.c.number,
                *columns_of(REPORTS, "step", "intermediate_value", "intermediate_value_type"),
            )
            .select_from(REPORTS.join(TRIALS, REPORTS.c.trial_id == TRIALS.c.trial_id))
            .where(TRIALS.c.study_id == _study_id(connection, name), TRIALS.c.number.is_not(None))
            .order_by(TRIALS.c.number, REPORTS.c.step)
        )
        return connection.execute(query).all()


def _study_id(connection: Connection, name: str) -> int:
    names = {
        study_name: study_id for study_id, study_name in connection.execute(sa.select(STUDIES))
    }
    if name not in names:
        raise StorageError(
            f"There is no study {name!r} in {show(connection.engine.url)}. It has "
            f"{listed(names)}{question(name, names)}"
        )
    return int(names[name])


def _summarize(
    connection: Connection, study_id: int, name: str, *, with_best: bool = True
) -> StudySummary:
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
    kept = connection.execute(
        sa.select(STUDY_USER_ATTRS.c.key, STUDY_USER_ATTRS.c.value_json).where(
            STUDY_USER_ATTRS.c.study_id == study_id,
            STUDY_USER_ATTRS.c.key.in_((REPEATS, CONSTRAINTS)),
        )
    )
    known = {key: json.loads(text) for key, text in kept}
    aggregate = known[REPEATS]["by"] if REPEATS in known else None
    names = tuple(direction.lower() for direction in directions)
    return StudySummary(
        name=name,
        metrics=tuple(json.loads(metric_names)) if metric_names else (),
        directions=names,
        states=dict(tuple(row) for row in states),
        best_value=best_value(connection, study_id, names[0], aggregate)
        if with_best and len(names) == 1
        else None,
        last_change=None if last_change is None else last_change.replace(tzinfo=UTC),
        aggregate=aggregate or "mean",
        constraints=tuple(known.get(CONSTRAINTS, ())),
    )
