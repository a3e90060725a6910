"""Which models a fingerprint tells apart, and which it does not."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from sweep.training.fingerprint import Fingerprint

pytestmark = pytest.mark.tensorflow


def graph_of(value: float, name: str) -> tf.Graph:
    """A graph with a constant and a table."""
    with tf.Graph().as_default() as graph:
        tf.constant(value, name="value")
        tf.raw_ops.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64, shared_name=name)
    return graph


def of_graph(value: float, name: str = "table") -> str:
    fingerprint = Fingerprint()
    fingerprint.add_graph(graph_of(value, name))
    return str(fingerprint)


def of_array(array: np.ndarray) -> str:
    fingerprint = Fingerprint()
    fingerprint.add_array(array)
    return str(fingerprint)


def test_graphs_that_are_built_alike_are_not_told_apart() -> None:
    assert of_graph(1.0) == of_graph(1.0)


def test_a_constant_tells_graphs_apart() -> None:
    assert of_graph(1.0) != of_graph(2.0)


def test_a_name_drawn_at_random_does_not() -> None:
    one, other = "0c9f8f6e-23a1-4c55-9a52-6f3f2f6f4c11", "7f1d2a90-0b7e-4a43-8a0e-9f0a7c2d1b22"
    assert of_graph(1.0, f"table_{one}") == of_graph(1.0, f"table_{other}")


def test_arrays_are_told_apart_by_values_dtype_and_shape() -> None:
    array = np.arange(6, dtype="float32")
    texts = np.array([b"one", b"two"], dtype=object)
    others = [array + 1, array.astype("float64"), array.reshape(2, 3), texts, texts[::-1]]
    assert len({of_array(each) for each in (array, *others)}) == 6
    assert of_array(array) == of_array(array.copy())
    assert of_array(texts) == of_array(np.array([b"one", b"two"], dtype=object))
