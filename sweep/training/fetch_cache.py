"""What a session makes of its fetches before it runs, kept from one run to the next.

To work that out anew for every step is a fifth of a small model's step. What is patched here is
private to TensorFlow, and has been the same from 2.15 to 2.21.
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
    """Has the block's sessions work out the same fetches once."""
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
        # With the leaves, so that no later one gets the id of one that is gone.
        handlers[structure] = handler, leaves
    return handler


def _structure(fetches: Any, leaves: list[Any]) -> Any:
    """A key to fetches that are nested alike and have the same leaves, which are appended."""
    if isinstance(fetches, dict):
        items = [(key, _structure(value, leaves)) for key, value in fetches.items()]
        return type(fetches), tuple(items)
    if isinstance(fetches, list | tuple):
        return type(fetches), tuple([_structure(fetch, leaves) for fetch in fetches])
    leaves.append(fetches)
    return id(fetches)
