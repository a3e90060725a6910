"""Which process sweeps a study or runs a trial, and whether it still does."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class Holder:
    """A process, told apart from a later one with the same process id by its start time."""

    host: str
    pid: int
    began: int
    """Clock ticks since the machine started, which changes of the wall clock do not affect."""

    @classmethod
    def here(cls) -> Self:
        """This process."""
        pid = os.getpid()
        return cls(platform.node(), pid, _began(pid) or 0)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The holder that `to_json` wrote."""
        return cls(record["host"], record["pid"], record["began"])

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_here(self) -> bool:
        """Whether it is a process on this machine."""
        return self.host == platform.node()

    @property
    def is_gone(self) -> bool:
        """Whether it has certainly ended; for another machine's process this is never certain."""
        return self.is_here and _began(self.pid) != self.began


def _began(pid: int) -> int | None:
    """When process `pid` started; None if it has ended."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else int(rest[18])
