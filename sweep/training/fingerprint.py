"""Tells models apart: a hash of a model's graphs and of its other settings."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import numpy as np
import tensorflow as tf

_BY_CHANCE = re.compile(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
"""The UUIDs that TensorFlow gives to tables without a name."""


class Fingerprint:
    """Depends on all that was added, in its order.

    Names are part of a graph, so only graphs from processes of one kind can be compared.
    """

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def add_graph(self, graph: tf.Graph) -> None:
        """Adds the definition of a graph, functions and constants included.

        Raises:
            ValueError: the definition is larger than 2 GB.
        """
        self.add_definition(graph.as_graph_def())

    def add_definition(self, definition: Any) -> None:
        """Adds the definition of a graph, or of a part of one.

        Raises:
            ValueError: the definition is larger than 2 GB.
        """
        serialized = definition.SerializeToString(deterministic=True)
        self._hash.update(_BY_CHANCE.sub(b"", serialized))

    def add_array(self, array: np.ndarray) -> None:
        """Adds an array that is not in a graph."""
        self.add_fact((array.dtype.str, array.shape))
        is_plain = array.dtype.kind in "biufc"
        self._hash.update(array.tobytes() if is_plain else repr(array.tolist()).encode())

    def add_fact(self, fact: object) -> None:
        """Adds an object by its `repr`."""
        self._hash.update(repr(fact).encode())

    def __str__(self) -> str:
        return self._hash.hexdigest()
