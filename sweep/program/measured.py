"""The metrics of a program's evaluations, as far as its source shows them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sweep.program.sources import Sources

_PREMADE = {"Classifier": "accuracy", "Regressor": "average_loss"}
"""How the names of premade Estimators end, and the metric that each reports."""


def measured(sources: Sources) -> tuple[str, ...]:
    """The names of metrics other than the loss, each once, in the order of the files."""
    return tuple(dict.fromkeys(name for each in sources.files for name in _named_in(each.tree)))


def _named_in(tree: ast.Module) -> Iterator[str]:
    variables = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "eval_metric_ops":
            yield from _keys(node.value)
            if isinstance(node.value, ast.Name):
                variables.add(node.value.id)
        elif isinstance(node, ast.keyword) and node.arg == "metrics":
            yield from _texts(node.value)  # of a Keras model
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            yield from (metric for end, metric in _PREMADE.items() if name.endswith(end))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            yield from _assigned(node, variables)


def _assigned(node: ast.Assign, variables: set[str]) -> Iterator[str]:
    """What an assignment puts into one of the variables."""
    for target in node.targets:
        if isinstance(target, ast.Name) and target.id in variables:
            yield from _keys(node.value)
        elif (
            isinstance(target, ast.Subscript)
            and isinstance(target.value, ast.Name)
            and target.value.id in variables
        ):
            yield from _text(target.slice)


def _keys(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        for key in node.keys:
            yield from _text(key)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
        yield from (keyword.arg for keyword in node.keywords if keyword.arg is not None)


def _texts(node: ast.expr) -> Iterator[str]:
    for each in node.elts if isinstance(node, ast.List | ast.Tuple) else ():
        yield from _text(each)


def _text(node: ast.expr | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
