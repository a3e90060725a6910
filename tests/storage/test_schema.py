"""The tables of the schema are those that the installed Optuna creates."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from optuna.storages._rdb.models import (
    BaseModel,
    TrialIntermediateValueModel,
    TrialValueModel,
)
from sqlalchemy.dialects import postgresql, sqlite

from sweep.storage.schema import TABLES, decode, encode

OPTUNAS = BaseModel.metadata.tables


def description(column: sa.Column[object]) -> dict[str, object]:
    """A column as SQLite and PostgreSQL are told of it, and what an enumeration may hold."""
    kind = column.type
    return {
        "types": [kind.compile(each.dialect()) for each in (sqlite, postgresql)],
        "enumerated": sorted(kind.enums) if isinstance(kind, sa.Enum) else None,
        "is_key": column.primary_key,
    }


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_is_one_of_optunas_and_of_its_type(table: sa.Table) -> None:
    optunas = OPTUNAS[table.name].columns
    assert {column.name: description(column) for column in table.columns} == {
        column.name: description(optunas[column.name]) for column in table.columns
    }


@pytest.mark.parametrize("value", [0.25, -1.0, math.inf, -math.inf, math.nan])
def test_a_number_is_encoded_as_optuna_encodes_it(value: float) -> None:
    def optunas(encoder: Callable[[float], tuple[float | None, object]]) -> tuple[object, str]:
        number, kind = encoder(value)
        return number, getattr(kind, "name", "")

    assert encode(value) == optunas(TrialIntermediateValueModel.intermediate_value_to_stored_repr)
    if not math.isnan(value):  # which no trial has as its value
        assert encode(value) == optunas(TrialValueModel.value_to_stored_repr)
    assert repr(decode(*encode(value))) == repr(value)
