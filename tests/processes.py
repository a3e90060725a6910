"""Processes as the tests see them: which are alive, and programs that sweep the stand-in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

SECONDS_TO_END = 60.0
_MARK = "SWEEP_TEST_MARK"


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def wait_until(condition: Callable[[], bool]) -> bool:
    """Looks until the condition holds; False when it does not in time."""
    deadline = time.monotonic() + SECONDS_TO_END
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class Program:
    """A sweep of the stand-in in a process of its own, which `starter` may be a command to start.

    Whatever it starts is found again by a mark in its environment, whoever its parent is then.
    """

    def __init__(
        self,
        results: Path | str,
        n_trials: int,
        act: str,
        storage: str | None = None,
        starter: Sequence[str] = (),
        scheduler: str = "",
        stall: str = "",
    ) -> None:
        self._mark = f"{_MARK}={results}"
        arguments = [str(results), str(n_trials), act, storage or "", scheduler, stall]
        self._process = subprocess.Popen(
            [*starter, sys.executable, "-m", "tests.standin", *arguments],
            cwd=Path(__file__).parents[1],
            env={**os.environ, _MARK: str(results)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def read_until(self, *beginnings: str) -> None:
        """Reads what it prints until a line with each beginning has come, in whatever order."""
        missing = set(beginnings)
        assert self._process.stdout is not None
        while missing:
            line = self._process.stdout.readline()
            assert line, f"the program ended without {missing}"
            missing = {beginning for beginning in missing if not line.startswith(beginning)}

    def kill_server(self, signal_number: int = signal.SIGKILL) -> int:
        """Kills the process that starts its trials, or sends it another signal; its process id."""
        (server,) = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        os.kill(int(server), signal_number)
        return int(server)

    def send(self, signal_number: int) -> None:
        self._process.send_signal(signal_number)

    def send_as_a_terminal(self, signal_number: int) -> None:
        """Sends the signal to it and to all that a terminal would reach with it."""
        os.killpg(self.pid, signal_number)

    def end(self) -> tuple[int, str, str]:
        """Waits for its end; its exit code and the rest of what it printed."""
        output, errors = self._process.communicate(timeout=SECONDS_TO_END)
        return self._process.returncode, output, errors

    def processes(self) -> list[int]:
        """The processes that belong to it and are alive, itself included."""
        return [int(f.name) for f in Path("/proc").glob("[0-9]*") if self._owns(int(f.name))]

    def has_ended_whole(self) -> bool:
        """Whether nothing of it is left, waiting for that for some seconds."""
        self._process.wait(SECONDS_TO_END)
        return wait_until(lambda: not self.processes())

    def close(self) -> None:
        """Ends whatever a failed test has left of it."""
        self._process.kill()
        self._process.communicate()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)

    def _owns(self, pid: int) -> bool:
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False
        return self._mark.encode() in environment.split(b"\0") and is_alive(pid)
