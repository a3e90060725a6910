"""Pages served by separate processes."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.running import ROOT, SWEEP


class Page:
    """A page that is being served by a process of its own."""

    def __init__(self, *arguments: str | Path, starter: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [*starter, *SWEEP, *map(str, arguments)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        self.process.stdout.readline()  # how to end it
        self.address = self.said.rpartition(" ")[2].strip()

    def port(self) -> int:
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", self.address)
        assert found, self.said
        return int(found[1])

    def interrupt(self) -> tuple[int, str, str]:
        """Ends it by Ctrl-C; its exit code and the rest of what it printed."""
        self.process.send_signal(signal.SIGINT)
        output, errors = self.process.communicate(timeout=60)
        return self.process.returncode, output, errors
