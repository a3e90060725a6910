"""All ways to run the sessions of a training at less cost, with the same results."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sweep.training.fetch_cache import fetching_sparingly
from sweep.training.sparing_saves import saving_sparingly
from sweep.training.uninitialized import looking_sparingly


@contextmanager
def sparing(*, write_graph: bool) -> Iterator[None]:
    """Skips unneeded work within the block.

    Args:
        write_graph: whether event files get graphs.
    """
    with saving_sparingly(write_graph), looking_sparingly(), fetching_sparingly():
        yield
