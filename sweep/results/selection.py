"""Some of a study's trials: those that meet a condition, the best, or all in another order.

Columns go by the names that people type: a param, metric or value without its prefix where no
other column has that name, `seconds` for the duration, and `_` for what no Python name may hold.
"""

from __future__ import annotations

import ast
import re
from typing import Any

import pandas as pd

from sweep.errors import UsageError
from sweep.results.front import Front
from sweep.results.tables import value_columns
from sweep.storage.reading import StudySummary

_PREFIXES = ("params_", "values_", "metrics_", "user_attrs_")
_ALLOWED = (
    *(ast.Expression, ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple),
    *(ast.BoolOp, ast.boolop, ast.UnaryOp, ast.unaryop, ast.Compare),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod),
)


def where(trials: pd.DataFrame, condition: str) -> pd.DataFrame:
    """The trials that meet a condition such as `value > 0.9 and layers == 2`.

    It is an expression of pandas, held to comparisons, arithmetic, and, or, not and in.

    Raises:
        UsageError: it is no such expression, or names a column that there is not.
    """
    columns = typed_columns(trials)
    parsed = _parse(condition)
    for node in ast.walk(parsed):
        if isinstance(node, ast.Name):
            _check_name(node.id, columns, f"The condition {condition!r}")
    try:
        met = pd.eval(
            ast.unparse(parsed), engine="python", resolvers=[columns], local_dict={}, global_dict={}
        )
    # AttributeError: pandas's own, of arithmetic with text
    except (TypeError, ValueError, NotImplementedError, ArithmeticError, AttributeError) as error:
        raise UsageError(
            f"The condition {condition!r} does not suit the columns' values: look for text where a "
            "number must be, or a number where text must be."
        ) from error
    if not isinstance(met, pd.Series) or met.dtype != bool:
        raise UsageError(
            f"The condition {condition!r} must be true or false of each trial, as in value > 0.9."
        )
    return trials[met]


def order_by(trials: pd.DataFrame, column: str) -> pd.DataFrame:
    """The trials in the order of a column, or with a `-` before its name in descending order.

    Raises:
        UsageError: there is no such column, or it has no order.
    """
    columns = typed_columns(trials)
    name = column.removeprefix("-")
    _check_name(name, columns, "The order")
    try:
        ordered = columns[name].sort_values(ascending=name == column, kind="stable")
    except TypeError:
        raise UsageError(f"The column {name!r} has values of several kinds, so no order.") from None
    return trials.loc[ordered.index]


def best_trials(summary: StudySummary, trials: pd.DataFrame) -> pd.DataFrame:
    """The best COMPLETE trial, or the Pareto front if the study has several metrics."""
    complete = trials[trials["state"] == "COMPLETE"]
    front: Front[Any] = Front(summary.directions)
    for index, *point in complete[value_columns(summary)].itertuples():
        front.add(index, point)
    return trials.loc[front.members]


def best_first(summary: StudySummary, trials: pd.DataFrame, n: int) -> pd.DataFrame:
    """The best `n` COMPLETE trials, the best first; of equals the one that came first.

    Raises:
        UsageError: the study has several metrics.
    """
    if len(summary.directions) > 1:
        raise UsageError(
            f"Study {summary.name!r} has several metrics, so its best trials have no order: order "
            "them by one of its metrics."
        )
    complete = trials[trials["state"] == "COMPLETE"]
    (value,) = value_columns(summary)
    is_ascending = summary.directions[0] == "minimize"
    return complete.sort_values(value, ascending=is_ascending, kind="stable").head(n)


def typed_columns(trials: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """Every column by the names that people type, categories as the plain values that they are."""
    plain = {str(name): _plain(trials[name]) for name in trials}
    plain["seconds"] = trials["duration"].dt.total_seconds()
    columns = {_identifier(name): column for name, column in plain.items()}
    for prefix in _PREFIXES:
        for name, column in plain.items():
            if name.startswith(prefix):
                columns.setdefault(_identifier(name.removeprefix(prefix)), column)
    return columns


def _plain(column: pd.Series[Any]) -> pd.Series[Any]:
    is_category = isinstance(column.dtype, pd.CategoricalDtype)
    return column.astype(object).infer_objects() if is_category else column


def _identifier(name: str) -> str:
    return re.sub(r"\W|^(?=\d)", "_", name)


def _parse(condition: str) -> ast.Expression:
    try:
        parsed = ast.parse(condition.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise UsageError(
            f"The condition {condition!r} cannot be read: write it as in "
            "'value > 0.9 and kind == \"relu\"'."
        ) from error
    for node in ast.walk(parsed):
        if not isinstance(node, _ALLOWED):
            raise UsageError(
                f"The condition {condition!r} may hold comparisons, arithmetic, and, or, not and "
                f"in, but no {type(node).__name__.lower()}."
            )
    return parsed


def _check_name(name: str, columns: dict[str, pd.Series[Any]], what: str) -> None:
    if name not in columns:
        short = [column for column in columns if not column.startswith(_PREFIXES)]
        raise UsageError(
            f"{what} names {name!r}, which is no column; there are {', '.join(short)}."
        )
