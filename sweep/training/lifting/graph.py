"""Large constants in a GraphDef: finds them, moves them out of functions, fetches them from memory.

Everything here changes a GraphDef in place, before it is imported anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

FEWEST_BYTES_OF_AN_ARRAY = 4 * 2**10  # smaller ones are shapes and axes, which TensorFlow reads
# Datasets whose first inputs are another Dataset and the tensors captured by their function.
TAKE_ARGUMENTS = {
    "FilterDataset",
    "FlatMapDataset",
    "InterleaveDataset",
    "MapDataset",
    "ParallelInterleaveDatasetV4",
    "ParallelMapDatasetV2",
}


CALLS_OF_PYTHON = {"PyFunc", "PyFuncStateless", "EagerPyFunc"}


def all_nodes(definition: Any) -> Iterator[Any]:
    """The nodes of a graph and of its functions."""
    yield from definition.node
    for function in definition.library.function:
        yield from function.node_def


def n_bytes(node: Any) -> int:
    """The size of a node's constant; 0 if it has none."""
    if node.op != "Const":
        return 0
    tensor = node.attr["value"].tensor
    # ByteSize alone would be enough, but it serializes what it measures.
    size: int = len(tensor.tensor_content) or tensor.ByteSize()
    return size


def is_array(node: Any) -> bool:
    """Whether a node is a constant that could also be a NumPy array in memory."""
    if n_bytes(node) < FEWEST_BYTES_OF_AN_ARRAY:
        return False
    dtype = tf.as_dtype(node.attr["dtype"].type).as_numpy_dtype
    return np.dtype(dtype).kind in "biufcO"


def functions_of(node: Any) -> set[str]:
    """The names of the functions that a node calls."""
    called = [attr.func for attr in node.attr.values() if attr.HasField("func")]
    called += [func for attr in node.attr.values() for func in attr.list.func]
    return {func.name for func in called}


def array_of(node: Any) -> np.ndarray:
    """The value of a constant."""
    array: np.ndarray = tf.make_ndarray(node.attr["value"].tensor)
    return array


def fetch_from_memory(node: Any, array: np.ndarray) -> None:
    """Turns a constant into an op that asks Python for the array, which the current graph keeps."""
    dtype = tf.as_dtype(node.attr["dtype"].type)
    fetched = tf.numpy_function(lambda: array, [], dtype, name=f"{node.name}_in_memory")
    name = node.name
    node.CopyFrom(fetched.op.node_def)
    node.name = name
    graph = fetched.graph
    graph._sweep_arrays = {**arrays_in_memory(graph), node.attr["token"].s: array}


def arrays_in_memory(graph: tf.Graph) -> Mapping[bytes, np.ndarray]:
    """The arrays that a graph fetches from memory, by the token of the fetching op."""
    arrays: Mapping[bytes, np.ndarray] = getattr(graph, "_sweep_arrays", {})
    return arrays


def hoist_arrays(definition: Any) -> None:
    """Turns the arrays inside a Dataset's functions into tensors that the functions capture.

    A function's constant is made for every element, a captured tensor once for each iterator.
    """
    functions = definition.library.function
    bodies = [definition.node, *(function.node_def for function in functions)]
    hoisted = True
    while hoisted:  # an array may have to leave several nested functions
        hoisted = any(_hoist_from(function, bodies) for function in functions)


def _hoist_from(function: Any, bodies: list[Any]) -> bool:
    """Moves the arrays of one function to its callers; False if there are none."""
    arrays = [node for node in function.node_def if is_array(node)]
    name = function.signature.name
    calls = [(body, node) for body in bodies for node in body if name in functions_of(node)]
    can_move = all(caller.op in TAKE_ARGUMENTS for _, caller in calls)
    if not (arrays and calls and can_move):
        return False
    for array in arrays:
        for body, caller in calls:
            _hand_over(body, caller, array, in_graph=body is bodies[0])
        _become_argument(function, array)
    return True


def _hand_over(body: Any, caller: Any, array: Any, in_graph: bool) -> None:
    """Gives the Dataset that calls a function one more captured tensor, a copy of `array`."""
    moved = body.add()
    moved.CopyFrom(array)
    moved.name = f"{caller.name}/{array.name}"
    types = caller.attr["Targuments"].list.type
    caller.input.insert(1 + len(types), moved.name if in_graph else _output_of(moved))
    types.append(array.attr["dtype"].type)


def _become_argument(function: Any, array: Any) -> None:
    """Replaces a constant of the function with a new last argument."""
    arguments = function.signature.input_arg
    argument = arguments.add(name=f"hoisted_{len(arguments)}", type=array.attr["dtype"].type)
    constant = _output_of(array)
    for node in function.node_def:
        node.input[:] = [argument.name if name == constant else name for name in node.input]
    for returned, name in function.ret.items():
        if name == constant:
            function.ret[returned] = argument.name
    del function.node_def[[node.name for node in function.node_def].index(array.name)]


def _output_of(node: Any) -> str:
    """The name by which nodes of a function use the output of a constant in it."""
    return f"{node.name}:output:0"
