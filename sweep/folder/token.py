"""Whether several machines have the same results folder: a token left by one is read by the others.

The token is a file of a name that no other has, beside the folders of the studies.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SECONDS_TO_APPEAR = 3.0
"""A network file system may show a new file that much later."""
SECONDS_BETWEEN_LOOKS = 0.1


@contextmanager
def token_in(results: Path) -> Iterator[Path]:
    """Leaves a token in a results folder during the block; what it had to make goes with it.

    Raises:
        OSError: nothing can be written there.
    """
    made = [folder for folder in (results, *results.parents) if not folder.exists()]
    results.mkdir(parents=True, exist_ok=True)
    token = results / f".token-{uuid.uuid4().hex}"
    token.write_text(token.name, encoding="utf-8")
    try:
        yield token
    finally:
        with suppress(OSError):
            token.unlink()
        for folder in made:
            with suppress(OSError):  # the sweep has written into it
                folder.rmdir()


def reads_back(token: Path) -> bool:
    """Whether the token that another machine has left is found here."""
    deadline = time.monotonic() + SECONDS_TO_APPEAR
    while True:
        with suppress(OSError):
            if token.read_text(encoding="utf-8") == token.name:
                return True
        if time.monotonic() > deadline:
            return False
        time.sleep(SECONDS_BETWEEN_LOOKS)


def takes_files(token: Path) -> bool:
    """Whether this machine may write where the token lies."""
    own = token.with_name(f"{token.name}-{uuid.uuid4().hex}")
    try:
        own.touch(exist_ok=False)
        own.unlink()
    except OSError:
        return False
    return True
