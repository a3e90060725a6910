"""Keeps what a session prepares for its fetches from one run to the next.

Preparing them again for every step takes a fifth of a small model's step. The names patched here
are private to TensorFlow, and have been the same from 2.15 to 2.21.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from sweep import private
from sweep.training.replacing import replaced

private.require(__name__)

from tensorflow.python.client import session as sessions  # noqa: E402

_FetchHandler = sessions._FetchHandler
_UNCHANGING = (tf.Tensor, tf.Operation, tf.Variable)


@contextmanager
def fetching_sparingly() -> Iterator[None]:
    """Makes the block's sessions prepare equal fetches only once."""
    with replaced(sessions, _FetchHandler=handler_of):
        yield


def handler_of(graph: Any, fetches: Any, feeds: Any, feed_handles: Any = None) -> Any:
    """TensorFlow's handler of these fetches; without feeds, it is kept as long as the graph."""
    if feeds or feed_handles:
        return _FetchHandler(graph, fetches, feeds, feed_handles)
    leaves: list[Any] = []
    structure = _structure(fetches, leaves)
    try:
        handlers = graph._sweep_handlers
    except AttributeError:
        handlers = graph._sweep_handlers = {}
    if structure in handlers:
        return handlers[structure][0]
    handler = _FetchHandler(graph, fetches, feeds, feed_handles)
    if all(isinstance(leaf, _UNCHANGING) for leaf in leaves):
        # Keep the leaves too, so that no later one gets the id of one that is gone.
        handlers[structure] = handler, leaves
    return handler


def _structure(fetches: Any, leaves: list[Any]) -> Any:
    """A key for fetches with the same nesting and the same leaves; appends the leaves."""
    if isinstance(fetches, dict):
        items = [(key, _structure(value, leaves)) for key, value in fetches.items()]
        return type(fetches), tuple(items)
    if isinstance(fetches, list | tuple):
        return type(fetches), tuple([_structure(fetch, leaves) for fetch in fetches])
    leaves.append(fetches)
    return id(fetches)
