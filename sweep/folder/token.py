"""Checks that several machines have the same results folder: one writes a token that others read.

The token is a file with a unique name, beside the folders of the studies.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SECONDS_TO_APPEAR = 3.0
"""How late a network file system may show a new file."""
SECONDS_BETWEEN_LOOKS = 0.1


@contextmanager
def token_in(results: Path) -> Iterator[Path]:
    """Writes a token into a results folder for the block; what it had to create is removed after.

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
            with suppress(OSError):  # the sweep wrote into it
                folder.rmdir()


def reads_back(token: Path) -> bool:
    """Whether the token that another machine wrote is found here."""
    deadline = time.monotonic() + SECONDS_TO_APPEAR
    while True:
        with suppress(OSError):
            if token.read_text(encoding="utf-8") == token.name:
                return True
        if time.monotonic() > deadline:
            return False
        time.sleep(SECONDS_BETWEEN_LOOKS)


def takes_files(token: Path) -> bool:
    """Whether this machine can write where the token is."""
    own = token.with_name(f"{token.name}-{uuid.uuid4().hex}")
    try:
        own.touch(exist_ok=False)
        own.unlink()
    except OSError:
        return False
    return True
