"""Finds the best value of a study with SQL, as far as SQL can."""

from __future__ import annotations

import json
import math
import statistics
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sweep.attrs import CONFIGURATION, CONFIRMS, REPEATS
from sweep.search.constraints import total_excess
from sweep.storage.queries import excesses_of, rows_of, user_attrs_of
from sweep.storage.schema import NOT_FINITE, TRIALS, USER_ATTRS, VALUES


def best_value(
    connection: Connection, study_id: int, direction: str, aggregate: str | None
) -> float | None:
    """The best value of a study with one metric; see `StudySummary`.

    Args:
        connection: the database.
        study_id: the study's id.
        direction: maximize or minimize.
        aggregate: how the values of a configuration with several seeds are combined: mean or
            median; None if each has one seed.
    """
    of_trial = USER_ATTRS.alias()
    is_confirming = (
        sa.exists()
        .where(of_trial.c.trial_id == TRIALS.c.trial_id, of_trial.c.key == CONFIRMS)
        .correlate(TRIALS)
    )
    of_study = sa.and_(TRIALS.c.study_id == study_id, TRIALS.c.state == "COMPLETE", ~is_confirming)
    excesses = excesses_of(connection, of_study)
    if aggregate is not None or any(map(total_excess, excesses.values())):
        values = _feasible_values(connection, of_study, aggregate, excesses)
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


def _feasible_values(
    connection: Connection,
    is_wanted: sa.ColumnElement[bool],
    aggregate: str | None,
    excesses: Mapping[int, list[float]],
) -> list[float]:
    """The combined values of the trials of each configuration, if they keep the constraints."""
    links: dict[str, dict[int, int]] = {}
    if aggregate is not None:
        for key, numbers, values in user_attrs_of(connection, is_wanted, (CONFIGURATION, REPEATS)):
            links[key] = dict(zip(json.loads(numbers), json.loads(values), strict=True))
    found: dict[int, list[Any]] = defaultdict(list)
    broken: dict[int, list[list[float]]] = defaultdict(list)
    for own, value, kind in rows_of(connection, is_wanted, VALUES, "value", "value_type"):
        number = own
        for link in (REPEATS, CONFIGURATION):
            number = links.get(link, {}).get(number, number)
        found[number].append(NOT_FINITE.get(kind, value))
        broken[number].append(excesses.get(own, []))
    come_to = statistics.median if aggregate == "median" else statistics.fmean
    return [
        come_to(values)
        for number, values in found.items()
        if not total_excess(list(map(come_to, zip(*broken[number], strict=False))))
    ]
