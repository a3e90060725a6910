"""What a graph computes: the ops behind some of its outputs, comparable between two graphs.

Two graphs that the same code builds can differ in names that TensorFlow numbers, and in the order
of control inputs. Neither changes what they compute.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

import tensorflow as tf

from sweep.training.fingerprint import Fingerprint
from sweep.training.lifting.graph import (
    CALLS_OF_PYTHON,
    all_nodes,
    arrays_in_memory,
    functions_of,
)

_HAS_CONTROL_OUTPUTS = "_has_manual_control_dependencies"
"""An attribute that an op gets if another, possibly unrelated, op waits for it.
"""


class Computed:
    """Everything that a graph runs to compute its outputs.

    Args:
        graph: the graph, as it is now.
        outputs: ops and tensors.
    """

    def __init__(self, graph: tf.Graph, outputs: Iterable[Any]) -> None:
        self._functions = {
            function.signature.name: function for function in graph.as_graph_def().library.function
        }
        self._arrays: Mapping[bytes, Any] = arrays_in_memory(graph)
        self._names: dict[str, str] = {}
        self.operations = sorted(_behind(outputs), key=lambda operation: operation.name)
        self._nodes = [operation.node_def for operation in self.operations]

    def nodes(self) -> Iterator[Any]:
        """The nodes of the graph, and those of the functions that they call."""
        yield from self._nodes
        called, waiting = set[str](), self._nodes
        while names := {name for node in waiting for name in functions_of(node)} - called:
            called |= names
            known = [self._functions[name] for name in sorted(names) if name in self._functions]
            waiting = [node for function in known for node in function.node_def]
            yield from waiting

    def calls_python(self) -> bool:
        """Whether it calls a Python function, other than those that fetch arrays from memory."""
        return _call_python(self.nodes(), self._arrays)

    def fingerprint(self) -> str:
        """The same for graphs that compute the same from the same variables and files."""
        fingerprint = Fingerprint()
        for array in self._arrays.values():
            fingerprint.add_array(array)
        for node in self._nodes:
            fingerprint.add_definition(self._canonical(node))
        return str(fingerprint)

    def _canonical(self, node: Any) -> Any:
        """The node without what differs from one build to the next."""
        copy = type(node)()
        copy.CopyFrom(node)
        copy.input[:] = [
            *(name for name in node.input if not name.startswith("^")),
            *sorted(name for name in node.input if name.startswith("^")),
        ]
        copy.attr.pop(_HAS_CONTROL_OUTPUTS, None)
        for function in _named_functions(copy):
            function.name = self._canonical_name(function.name)
        if copy.op in CALLS_OF_PYTHON:
            token = copy.attr["token"].s
            copy.attr["token"].s = str([*self._arrays].index(token)).encode()
        return copy

    def _canonical_name(self, name: str) -> str:
        """A name for a function that depends only on what it does."""
        if name not in self._functions:
            return name
        if name not in self._names:
            self._names[name] = ""  # a function may call itself
            function = self._functions[name]
            fingerprint = Fingerprint()
            rest = type(function)()
            rest.CopyFrom(function)
            del rest.node_def[:]
            rest.signature.name = ""
            fingerprint.add_definition(rest)
            for node in function.node_def:
                fingerprint.add_definition(self._canonical(node))
            self._names[name] = str(fingerprint)
        return self._names[name]


def calls_python(graph: tf.Graph) -> bool:
    """Whether a graph may call a Python function other than those that fetch arrays from memory."""
    return _call_python(all_nodes(graph.as_graph_def()), arrays_in_memory(graph))


def _call_python(nodes: Iterable[Any], arrays: Container[bytes]) -> bool:
    return any(node.op in CALLS_OF_PYTHON and node.attr["token"].s not in arrays for node in nodes)


def _behind(outputs: Iterable[Any]) -> set[tf.Operation]:
    found: set[tf.Operation] = set()
    waiting = [each if isinstance(each, tf.Operation) else each.op for each in outputs]
    while waiting:
        operation = waiting.pop()
        if operation not in found:
            found.add(operation)
            waiting += operation.control_inputs
            waiting += [tensor.op for tensor in operation.inputs]
    return found


def _named_functions(node: Any) -> Iterator[Any]:
    for attribute in node.attr.values():
        if attribute.HasField("func"):
            yield attribute.func
        yield from attribute.list.func
