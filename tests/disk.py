"""A small disk, to see what happens when it is full."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

SECTOR = 4096


@dataclass(frozen=True)
class SmallDisk:
    """A mounted disk."""

    folder: Path

    def fill(self) -> None:
        """Leaves no byte of it."""
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            try:
                while ballast.write(b"x" * SECTOR):
                    pass
            except OSError:
                os.fsync(ballast)

    def free(self) -> None:
        """Takes out again what filled it."""
        (self.folder / "ballast").unlink()
