"""Recognizes programs written for TensorFlow 1, and gives them TensorFlow as it was then."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from sweep.estimator.bridge import restore
from sweep.importing import importing
from sweep.program.answering import Answers
from sweep.program.names import Parts, Use, calls_compat, uses_of_tensorflow
from sweep.program.sources import Source, Sources
from sweep.program.supplied import CONTRIB

_METHODS = {"make_one_shot_iterator", "make_initializable_iterator"}
"""Methods that the Datasets of TensorFlow 2 do not have."""


def names_of_tensorflow_1(sources: Sources) -> tuple[Use, ...]:
    """The places where a program would fail on TensorFlow 2, but not on TensorFlow 1.

    Places that the program guards by an `except` or a version check are left out.

    Raises:
        TensorFlowError: the installed TensorFlow is not supported.
    """
    with importing():
        restore()
        import tensorflow as tf
    return tuple(use for source in sources.files for use in _names_in(source, tf))


@contextmanager
def as_tensorflow_1() -> Iterator[None]:
    """Makes TensorFlow behave as TensorFlow 1 for a program that runs within.

    The program's own imports of TensorFlow and its parts import `tensorflow.compat.v1`. Those of
    installed packages do not, because the packages were written for the TensorFlow beside them.
    TensorFlow behaves as TensorFlow 1 did: no eager execution, dimensions with a `value`, and its
    variables and control flow. A program that leaves a session's graph open keeps that behaviour.

    Raises:
        TensorFlowError: the installed TensorFlow is not supported.
    """
    with importing():
        restore()
        import tensorflow.compat.v1 as v1
    was_tensorflow_2 = v1.resource_variables_enabled()
    _take_behaviour_of_1(v1)
    found = builtins.__import__
    vars(builtins)["__import__"] = Answers(found).answer
    try:
        yield
    finally:
        vars(builtins)["__import__"] = found
        if was_tensorflow_2:
            _leave_behaviour_of_1(v1)


def _names_in(source: Source, tf: Any) -> list[Use]:
    uses = list(uses_of_tensorflow(source))
    found = list[Use]()
    for use in uses:
        parts = None if use.is_guarded else _only_in_1(use.parts, tf)
        if parts is not None:
            found.append(Use(parts, use.file, use.line))
    if uses and not calls_compat(source):
        found += _methods_of_1(source)
    return sorted(found, key=lambda use: use.line)


def _only_in_1(parts: Parts, tf: Any) -> Parts | None:
    """The first part of a name that only TensorFlow 1 has, if there is one."""
    if parts[:1] == (CONTRIB,):
        return parts
    there = _those_in(tf, parts)
    more = parts[: len(there) + 1]
    return more if more != there and _those_in(tf.compat.v1, more) == more else None


def _those_in(namespace: Any, parts: Parts) -> Parts:
    """As much of a name as exists, as far as modules and classes show it."""
    for i, part in enumerate(parts):
        if not isinstance(namespace, ModuleType | type):
            break  # an object may compute attributes on access, as FLAGS parses its flags
        try:
            namespace = getattr(namespace, part)
        except (AttributeError, ImportError):  # some modules are only imported on access
            return parts[:i]
    return parts


def _methods_of_1(source: Source) -> Iterator[Use]:
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Attribute):
            continue
        if node.attr in _METHODS:
            yield Use(("data", "Dataset", node.attr), source.file, node.lineno)
        elif node.attr == "value" and _is_dimension(node.value):
            yield Use(("Dimension", "value"), source.file, node.lineno)


def _is_dimension(node: ast.expr) -> bool:
    """Whether it is an element of a shape, which is a number in TensorFlow 2."""
    if not isinstance(node, ast.Subscript):
        return False
    shape = node.value.func if isinstance(node.value, ast.Call) else node.value
    return isinstance(shape, ast.Attribute) and shape.attr in ("shape", "get_shape")


def _take_behaviour_of_1(v1: Any) -> None:
    level = v1.logging.get_verbosity()
    v1.logging.set_verbosity(v1.logging.ERROR)  # or it warns about each old behaviour
    v1.disable_v2_behavior()
    v1.logging.set_verbosity(level)


def _leave_behaviour_of_1(v1: Any) -> None:
    try:
        v1.reset_default_graph()
    except AssertionError:  # a graph is still entered, and eager execution cannot start in it
        return
    v1.enable_v2_behavior()
