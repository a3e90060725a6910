"""Builds a graph without its large arrays, with small stand-ins in their place.

TensorFlow copies an array several times to turn it into a constant. A stand-in has the array's
dtype and shape, but only zeros, so it can only be passed to a Dataset that slices it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import attr_value_pb2

from sweep import private

private.require(__name__)

from tensorflow.python.framework import ops  # noqa: E402

FEWEST_BYTES_TO_STAND_FOR = 2**20
BLIND = {"TensorDataset", "TensorSliceDataset"}
"""Ops that know only the dtype and the shape of their inputs until they run."""
_MARK = "_stands_for"


@contextmanager
def stand_in_for_arrays(graph: tf.Graph, arrays: list[np.ndarray]) -> Iterator[None]:
    """Within the block, the graph gets stand-ins instead of constants for large arrays.

    Args:
        graph: the graph.
        arrays: the arrays are added to it, as they are then; `index_of` a stand-in is the index.
    """
    create = ops._create_graph_constant

    def create_or_stand_in(
        value: Any, dtype: Any, shape: Any, name: Any, verify_shape: bool, allow_broadcast: bool
    ) -> Any:
        in_graph = tf.compat.v1.get_default_graph() is graph
        if not (in_graph and shape is None and _is_large_array(value, dtype)):
            return create(value, dtype, shape, name, verify_shape, allow_broadcast)
        zeros = create(np.zeros((), value.dtype), dtype, value.shape, name, False, True)
        zeros.op._set_attr(_MARK, attr_value_pb2.AttrValue(i=len(arrays)))
        arrays.append(value.copy())  # a constant does not change with the array it was made from
        return zeros

    ops._create_graph_constant = create_or_stand_in
    try:
        yield
    finally:
        ops._create_graph_constant = create


def _is_large_array(value: Any, dtype: Any) -> bool:
    return (
        isinstance(value, np.ndarray)
        and value.nbytes >= FEWEST_BYTES_TO_STAND_FOR
        and value.dtype.kind in "biufc"
        and (dtype is None or tf.as_dtype(dtype) == value.dtype)
    )


def index_of(node: Any) -> int | None:
    """The index of the array that a node stands in for; None if it is not a stand-in."""
    return int(node.attr[_MARK].i) if _MARK in node.attr else None


def put_back(node: Any, array: np.ndarray) -> None:
    """Turns a stand-in into the constant that it stands in for."""
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(array))
    del node.attr[_MARK]


def nobody_looks(nodes: Iterable[Any]) -> bool:
    """Whether none of the nodes of a graph or function sees the zeros of a stand-in.

    While a graph is built, TensorFlow evaluates parts of it to find out shapes.
    """
    nodes = list(nodes)
    stand_ins = {node.name for node in nodes if index_of(node) is not None}
    seen_by = {node.op for node in nodes if stand_ins & {_giver(name) for name in node.input}}
    return seen_by <= BLIND


def _giver(of_input: str) -> str:
    """The name of the node that an input comes from."""
    return of_input.lstrip("^").partition(":")[0]
