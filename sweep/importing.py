"""Imports of much at once, as TensorFlow is, at their own cost.

What a module makes while it is imported stays. The garbage collector would look through it again
and again, which is a sixth of the time that importing TensorFlow takes.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Collects no garbage during the block."""
    if not gc.isenabled():  # as within another such block
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
