"""Optuna's tables and how it writes into them, known only here and without Optuna.

These are the tables and columns that are read or written with SQL. Optuna creates them, and
`tests/storage/test_schema.py` compares these with Optuna's own.
"""

from __future__ import annotations

import math

import sqlalchemy as sa

_OPTUNA = sa.MetaData()
_NAME = sa.String(512)
_NUMBER = sa.Float(53)
_DIRECTION = sa.Enum("NOT_SET", "MINIMIZE", "MAXIMIZE", name="studydirection")
_STATE = sa.Enum("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING", name="trialstate")
_VALUE_TYPE = sa.Enum("FINITE", "INF_POS", "INF_NEG", name="trialvaluetype")
_REPORT_TYPE = sa.Enum("FINITE", "INF_POS", "INF_NEG", "NAN", name="trialintermediatevaluetype")

STUDIES = sa.Table(
    "studies",
    _OPTUNA,
    sa.Column("study_id", sa.Integer, primary_key=True),
    sa.Column("study_name", _NAME),
)
DIRECTIONS = sa.Table(
    "study_directions",
    _OPTUNA,
    sa.Column("study_direction_id", sa.Integer, primary_key=True),
    sa.Column("direction", _DIRECTION),
    sa.Column("study_id", sa.Integer),
    sa.Column("objective", sa.Integer),
)
STUDY_USER_ATTRS = sa.Table(
    "study_user_attributes",
    _OPTUNA,
    sa.Column("study_user_attribute_id", sa.Integer, primary_key=True),
    sa.Column("study_id", sa.Integer),
    sa.Column("key", _NAME),
    sa.Column("value_json", sa.Text),
)
STUDY_SYSTEM_ATTRS = sa.Table(
    "study_system_attributes",
    _OPTUNA,
    sa.Column("study_system_attribute_id", sa.Integer, primary_key=True),
    sa.Column("study_id", sa.Integer),
    sa.Column("key", _NAME),
    sa.Column("value_json", sa.Text),
)
TRIALS = sa.Table(
    "trials",
    _OPTUNA,
    sa.Column("trial_id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer),
    sa.Column("study_id", sa.Integer),
    sa.Column("state", _STATE),
    sa.Column("datetime_start", sa.DateTime),  # both in UTC
    sa.Column("datetime_complete", sa.DateTime),
)
VALUES = sa.Table(
    "trial_values",
    _OPTUNA,
    sa.Column("trial_value_id", sa.Integer, primary_key=True),
    sa.Column("trial_id", sa.Integer),
    sa.Column("objective", sa.Integer),
    sa.Column("value", _NUMBER),
    sa.Column("value_type", _VALUE_TYPE),
)
PARAMS = sa.Table(
    "trial_params",
    _OPTUNA,
    sa.Column("param_id", sa.Integer, primary_key=True),
    sa.Column("trial_id", sa.Integer),
    sa.Column("param_name", _NAME),
    sa.Column("param_value", _NUMBER),
    sa.Column("distribution_json", sa.Text),
)
USER_ATTRS = sa.Table(
    "trial_user_attributes",
    _OPTUNA,
    sa.Column("trial_user_attribute_id", sa.Integer, primary_key=True),
    sa.Column("trial_id", sa.Integer),
    sa.Column("key", _NAME),
    sa.Column("value_json", sa.Text),
)
SYSTEM_ATTRS = sa.Table(
    "trial_system_attributes",
    _OPTUNA,
    sa.Column("trial_system_attribute_id", sa.Integer, primary_key=True),
    sa.Column("trial_id", sa.Integer),
    sa.Column("key", _NAME),
    sa.Column("value_json", sa.Text),
)
REPORTS = sa.Table(
    "trial_intermediate_values",
    _OPTUNA,
    sa.Column("trial_intermediate_value_id", sa.Integer, primary_key=True),
    sa.Column("trial_id", sa.Integer),
    sa.Column("step", sa.Integer),
    sa.Column("intermediate_value", _NUMBER),
    sa.Column("intermediate_value_type", _REPORT_TYPE),
)
TABLES = tuple(_OPTUNA.tables.values())

NOT_FINITE = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}
"""The meaning of the type of a value or report whose number is NULL."""


def encode(value: float) -> tuple[float | None, str]:
    """A value or a report as the database has it: the number, and its type."""
    if math.isfinite(value):
        return value, "FINITE"
    if math.isnan(value):
        return None, "NAN"
    return None, "INF_POS" if value > 0 else "INF_NEG"


def decode(number: float | None, kind: str) -> float:
    """The value that `encode` was given."""
    return NOT_FINITE[kind] if number is None else number
