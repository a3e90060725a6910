"""The names of TensorFlow that a program's files use, read from their syntax trees.

A name is a chain of attributes that starts with what the file calls TensorFlow or a part of it:
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
# What an `if` asks to tell TensorFlow versions apart.
_VERSION = re.compile(r"version|hasattr|tf_?[12x]|v[12]$", re.IGNORECASE)
# What an `if` asks that has both answers in every training.
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
    """Whether the program handles the absence of the name."""
    is_conditional: bool = False
    """Whether a run of the program may never reach this place."""

    @property
    def name(self) -> str:
        """The name in a program that imports TensorFlow as tf."""
        return ".".join(("tf", *self.parts))


@dataclass(frozen=True)
class _Meaning:
    """What a name in a file stands for."""

    parts: Parts
    is_guarded: bool


def uses_of_tensorflow(source: Source) -> Iterator[Use]:
    """The places where a file uses names of TensorFlow, in order."""
    uses = _Reader(source).uses()
    return iter(sorted(uses, key=lambda use: use.line))


def calls_compat(source: Source) -> bool:
    """Whether a file uses tf.compat.v1 itself."""
    return any(use.parts[:2] == _COMPAT for use in uses_of_tensorflow(source))


def chain_of(node: ast.AST) -> Parts:
    """The names in a chain of attributes; () if it starts with anything but a name."""
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
        """Records a meaning. A name with two meanings is only a guess."""
        before = self._meanings.get(name)
        if before is None:
            # Importing TensorFlow itself in a `try` does not handle a name that it lacks.
            is_guarded = meaning.is_guarded and bool(meaning.parts)
            self._meanings[name] = replace(meaning, is_guarded=is_guarded)
        elif before.parts != meaning.parts:
            self._meanings[name] = replace(before, is_guarded=True)

    def _resolved(self, node: ast.AST) -> _Meaning | None:
        """What a chain of attributes stands for, if it starts with TensorFlow."""
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
    """What an import statement imports from TensorFlow, with the name it gets, if any."""
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
    """Whether the parent handles a name that is missing in this child."""
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
