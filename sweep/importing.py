"""Faster imports of large packages such as TensorFlow.

The objects that a module makes during its import stay alive. The garbage collector would look
through them again and again, which takes a sixth of the time of importing TensorFlow.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Collects no garbage during the block."""
    if not gc.isenabled():  # for example in a nested block
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
