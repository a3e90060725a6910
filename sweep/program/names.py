"""The names of TensorFlow that a program's files use, read from their trees.

A name is a chain of attributes that begins with whatever the file calls TensorFlow or a part of it:
`tf.layers.dense`, or `layers.dense` after `from tensorflow import layers`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sweep.program.sources import Source

_TENSORFLOW = "tensorflow"
_COMPAT = ("compat", "v1")
# What an `if` asks that tells one TensorFlow from another.
_VERSION = re.compile(r"version|hasattr|tf_?[12x]|v[12]$", re.IGNORECASE)
# What it asks that every training answers both ways.
_EVERY_WAY = {"mode", "ModeKeys", "training", "is_training", "__name__"}
_CATCH_MISSING = {"AttributeError", "ImportError", "ModuleNotFoundError", "Exception"}
_IF = (ast.If, ast.IfExp)

Parts = tuple[str, ...]
"""A name below TensorFlow: `tf.layers.dense` is ("layers", "dense")."""


@dataclass(frozen=True)
class Use:
    """A place at which a program uses a name of TensorFlow."""

    parts: Parts
    file: Path
    line: int
    is_guarded: bool = False
    """Whether the program has an answer if there is no such name."""
    is_conditional: bool = False
    """Whether a program may run without ever coming here."""

    @property
    def name(self) -> str:
        """The name as a program spells it that calls TensorFlow tf."""
        return ".".join(("tf", *self.parts))


@dataclass(frozen=True)
class _Meaning:
    """What a name of a file's own stands for."""

    parts: Parts
    is_guarded: bool


def uses_of_tensorflow(source: Source) -> Iterator[Use]:
    """The places at which a file uses names of TensorFlow, in its order."""
    uses = _Reader(source).uses()
    return iter(sorted(uses, key=lambda use: use.line))


def calls_compat(source: Source) -> bool:
    """Whether a file says tf.compat.v1 itself."""
    return any(use.parts[:2] == _COMPAT for use in uses_of_tensorflow(source))


def chain_of(node: ast.AST) -> Parts:
    """The names of a chain of attributes, and () where it begins with something else."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        before = chain_of(node.value)
        return (*before, node.attr) if before else ()
    return ()


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._meanings: dict[str, _Meaning] = {}
        self._assigned: set[Parts] = set()
        self._learn(source.tree, is_guarded=False)

    def uses(self) -> Iterator[Use]:
        start = Use((), self._source.file, 0)
        return self._uses_in(self._source.tree, start)

    def _learn(self, node: ast.AST, *, is_guarded: bool) -> None:
        """Finds what the file's own names stand for."""
        for child in ast.iter_child_nodes(node):
            child_is_guarded = is_guarded or _guards(node, child)
            for name, parts in self._bound_by(child):
                self._bind(name, _Meaning(parts, child_is_guarded))
            self._learn(child, is_guarded=child_is_guarded)

    def _bound_by(self, node: ast.AST) -> Iterator[tuple[str, Parts]]:
        for alias, parts in _imported(node):
            if alias is not None:
                yield alias, parts
        if isinstance(node, ast.Assign):
            value = self._resolved(node.value)
            for target in node.targets:
                if isinstance(target, ast.Name) and value is not None:
                    yield target.id, value.parts
                assigned = self._resolved(target)
                if isinstance(target, ast.Attribute) and assigned is not None:
                    self._assigned.add(assigned.parts)

    def _bind(self, name: str, meaning: _Meaning) -> None:
        """Takes a meaning, which is no more than a guess where a name has two."""
        before = self._meanings.get(name)
        if before is None:
            # To import TensorFlow itself in a `try` is no answer to a name that it lacks.
            is_guarded = meaning.is_guarded and bool(meaning.parts)
            self._meanings[name] = replace(meaning, is_guarded=is_guarded)
        elif before.parts != meaning.parts:
            self._meanings[name] = replace(before, is_guarded=True)

    def _resolved(self, node: ast.AST) -> _Meaning | None:
        """What a chain of attributes stands for, if it is one of TensorFlow's."""
        name, *attributes = chain_of(node) or ("",)
        meaning = self._meanings.get(name)
        if meaning is None:
            return None
        return replace(meaning, parts=(*meaning.parts, *attributes))

    def _uses_in(self, node: ast.AST, context: Use) -> Iterator[Use]:
        for child in ast.iter_child_nodes(node):
            here = replace(
                context,
                line=getattr(child, "lineno", context.line),
                is_guarded=context.is_guarded or _guards(node, child),
                is_conditional=context.is_conditional or _may_pass_by(node, child),
            )
            for _, parts in _imported(child):
                if parts:
                    yield replace(here, parts=parts)
            meaning = self._resolved(child) if isinstance(child, ast.Attribute) else None
            if meaning is None:
                yield from self._uses_in(child, here)
            elif not any(meaning.parts[: len(name)] == name for name in self._assigned):
                is_guarded = here.is_guarded or meaning.is_guarded
                yield replace(here, parts=meaning.parts, is_guarded=is_guarded)


def _imported(node: ast.AST) -> Iterator[tuple[str | None, Parts]]:
    """What an import statement takes of TensorFlow, with the name that it gets, if any."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            top, *parts = alias.name.split(".")
            if top != _TENSORFLOW:
                continue
            if alias.asname is not None:
                yield alias.asname, tuple(parts)
            else:
                yield _TENSORFLOW, ()
                yield None, tuple(parts)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        top, *parts = (node.module or "").split(".")
        for alias in node.names if top == _TENSORFLOW else ():
            if alias.name != "*":
                yield alias.asname or alias.name, (*parts, alias.name)


def _guards(parent: ast.AST, child: ast.AST) -> bool:
    """Whether a statement is ready for it that a name in this part of it is missing."""
    if isinstance(parent, ast.Try):
        return child not in parent.finalbody and any(map(_catches_missing, parent.handlers))
    if isinstance(parent, _IF):
        return child is not parent.test and any(map(_VERSION.search, _words(parent.test)))
    return False


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(chain_of(each)[-1:] and chain_of(each)[-1] in _CATCH_MISSING for each in caught)


def _may_pass_by(parent: ast.AST, child: ast.AST) -> bool:
    if not isinstance(parent, _IF) or child is parent.test:
        return False
    return not _EVERY_WAY & set(_words(parent.test))


def _words(test: ast.expr) -> Iterator[str]:
    """The names in a condition."""
    for node in ast.walk(test):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
