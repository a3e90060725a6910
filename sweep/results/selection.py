"""A selection of a study's trials: those that meet a condition, or all in another order.

Columns have the names that people type: a param, metric or value without its prefix if no other
column has that name, `seconds` for the duration, and `_` for characters that Python names cannot
have.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from sweep import attrs
from sweep.errors import UsageError
from sweep.results.trials import Trials
from sweep.wording import question

STATES = ("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING")
"""The states that Optuna has for a trial."""
_PREFIXES = ("params_", "values_", attrs.METRIC, "user_attrs_")
_ALLOWED = (
    *(ast.Expression, ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple),
    *(ast.BoolOp, ast.boolop, ast.UnaryOp, ast.unaryop, ast.Compare),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod),
)

_SIGNS: dict[type[ast.AST], str] = {
    ast.MatMult: "@",
    ast.Pow: "**",
    ast.FloorDiv: "//",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.Invert: "~",
    ast.Is: "is",
}

_Columns = dict[str, Mapping[int, Any]]


class _Missing(float):
    """A NaN that is false, and neither more nor less than any number or text."""

    def _no(self, other: object = None) -> bool:
        return False

    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = _no


_MISSING = _Missing("nan")


def where(trials: Trials, condition: str) -> Trials:
    """The trials that meet a condition such as `value > 0.9 and layers == 2`.

    The condition is a Python expression of comparisons, arithmetic, and, or, not and in. A missing
    cell is unequal to everything.

    Raises:
        UsageError: it is not such an expression, or names an unknown column or state.
    """
    columns = typed_columns(trials)
    try:
        parsed = _parse(condition)
        names = _names(parsed)
        for name in sorted(names):
            _check_name(name, columns, f"The condition {condition!r}")
    except UsageError:
        _refuse_untypable(condition, trials, f"The condition {condition!r}")
        raise
    for state in _states(parsed):
        if state not in STATES:
            raise UsageError(
                f"The condition {condition!r} compares the state with {state!r}, but a trial is "
                f"{', '.join(STATES[:-1])} or {STATES[-1]}{question(str(state), STATES)}"
            )
    if not _is_truth(parsed.body, columns):
        raise UsageError(
            f"The condition {condition!r} must be true or false for each trial, as in value > 0.9."
        )
    used = {name: columns[name] for name in names}
    code = compile(parsed, "condition", "eval")
    try:
        # The evaluated expression has no calls and no attributes.
        return trials.only(
            number
            for number in trials.numbers
            if eval(code, {name: cells.get(number, _MISSING) for name, cells in used.items()})
        )
    except (TypeError, ArithmeticError) as error:
        raise UsageError(
            f"The condition {condition!r} does not fit the columns' values: look for text in place "
            "of a number, a number in place of text, or a division by zero."
        ) from error


def attrs_named(condition: str | None, column: str | None) -> set[str]:
    """The user attributes that a condition and a column to sort by can mean.

    A condition that cannot be parsed has none: `where` reports it.
    """
    names = set() if column is None else {column.removeprefix("-")}
    if condition is not None:
        with suppress(UsageError):
            names |= _names(_parse(condition))
    names |= {name.removeprefix("user_attrs_") for name in names}
    return names | set(map(attrs.metric, names))


def order_by(trials: Trials, column: str) -> Trials:
    """The trials sorted by a column, in descending order with a `-` before its name.

    Trials without a cell in the column come last.

    Raises:
        UsageError: there is no such column, or it has no order.
    """
    columns = typed_columns(trials)
    name = column.removeprefix("-")
    if name not in columns:
        _refuse_untypable(name, trials, f"The order {column!r}")
    _check_name(name, columns, "The order")
    cells = columns[name]
    having = [number for number in trials.numbers if cells.get(number) is not None]
    lacking = [number for number in trials.numbers if cells.get(number) is None]
    try:
        having.sort(key=cells.__getitem__, reverse=name != column)
    except TypeError:
        raise UsageError(
            f"The column {name!r} cannot be sorted, because it has values of several types."
        ) from None
    return trials.only(having + lacking)


def typed_columns(trials: Trials) -> _Columns:
    """All columns, with the names that people type."""
    durations = trials.columns["duration"]
    seconds = {number: duration.total_seconds() for number, duration in durations.items()}
    plain = {**trials.columns, "seconds": seconds}
    columns = {_identifier(name): cells for name, cells in plain.items()}
    for prefix in _PREFIXES:
        for name, cells in plain.items():
            if name.startswith(prefix):
                columns.setdefault(_identifier(name.removeprefix(prefix)), cells)
    return columns


def _identifier(name: str) -> str:
    return re.sub(r"\W|^(?=\d)", "_", name)


def _parse(condition: str) -> ast.Expression:
    try:
        parsed = ast.parse(condition.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise UsageError(
            f"The condition {condition!r} cannot be parsed: write it as in "
            "'value > 0.9 and kind == \"relu\"'."
        ) from error
    for node in ast.walk(parsed):
        if not isinstance(node, _ALLOWED):
            raise UsageError(
                f"The condition {condition!r} can have comparisons, arithmetic, and, or, not and "
                f"in, but no {_SIGNS.get(type(node), type(node).__name__.lower())}."
            )
    return parsed


def _names(parsed: ast.Expression) -> set[str]:
    return {node.id for node in ast.walk(parsed) if isinstance(node, ast.Name)}


def _states(parsed: ast.Expression) -> Iterator[Any]:
    """What the trials' state is compared with."""
    for node in ast.walk(parsed):
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
            if any(isinstance(part, ast.Name) and part.id == "state" for part in parts):
                nodes = (inner for part in parts for inner in ast.walk(part))
                yield from (inner.value for inner in nodes if isinstance(inner, ast.Constant))


def _refuse_untypable(text: str, trials: Trials, what: str) -> None:
    """If a text has the recorded name of a column, says how to type that name.

    Raises:
        UsageError: the text has such a name.
    """
    known = {short for name in trials.columns for short in _shortened(name)}
    for name in sorted(known, key=len, reverse=True):
        if name in text and name != _identifier(name):
            raise UsageError(f"{what} names {name!r}: type it as {_identifier(name)}.")


def _shortened(name: str) -> Iterator[str]:
    """The name of a column, and the name without its prefix."""
    yield name
    yield from (name.removeprefix(prefix) for prefix in _PREFIXES if name.startswith(prefix))


def _is_truth(node: ast.expr, columns: _Columns) -> bool:
    """Whether an expression is true or false for every trial, with all of its parts."""
    match node:
        case ast.Compare():
            return True
        case ast.BoolOp():
            return all(_is_truth(value, columns) for value in node.values)
        case ast.UnaryOp(op=ast.Not()):
            return _is_truth(node.operand, columns)
        case ast.Name():
            return all(isinstance(cell, bool) for cell in columns[node.id].values())
    return False


def names_of_columns(columns: Iterable[str]) -> list[str]:
    """What the columns are called at the shortest."""
    return [column for column in columns if not column.startswith(_PREFIXES)]


def _check_name(name: str, columns: _Columns, what: str) -> None:
    if name not in columns:
        there = ", ".join(names_of_columns(columns))
        raise UsageError(
            f"{what} names {name!r}, which is not a column; there are {there}"
            f"{question(name, columns)}"
        )
