"""A Ray cluster of several nodes on this machine, sweeps on it, and what they leave there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna

from sweep.engine.offspring import MARK
from tests.processes import Program, is_alive
from tests.running import ROOT

SECONDS = 300.0
_OF_THIS_CLUSTER = "SWEEP_TEST_CLUSTER"
_FOR_A_BUSY_MACHINE = {"RAY_raylet_start_wait_time_s": "120", "RAY_worker_niceness": "0"}
_AGENT = b"sweep.engine.ray.agent"


class TestCluster:
    """A head without CPUs, on which no trial runs, and two nodes with one each.

    Args:
        dashboard: the ports of Ray's dashboard and of its agent; without them there is none.
        env: what the nodes have in their environment besides.
    """

    __test__ = False

    def __init__(self, *dashboard: int, **env: str) -> None:
        name, value = _OF_THIS_CLUSTER, uuid.uuid4().hex
        self._mark = f"{name}={value}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.ray.nodes", *map(str, dashboard)],
            cwd=ROOT,
            env={**os.environ, **env, name: value, **_FOR_A_BUSY_MACHINE},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.address = self._read()
        self.add_node()
        self.add_node()

    def add_node(self) -> None:
        """Has another node join."""
        self._do("add")

    def remove_node(self) -> None:
        """Kills the youngest node's raylet, and what Ray itself runs there."""
        self._do("remove -1")

    def add_node_apart(self, folder: Path) -> None:
        """Has a node join that finds another, empty folder by this path."""
        self._do(f"apart {folder}")

    def remove_node_apart(self) -> None:
        """Has it leave."""
        self._do("remove apart")

    @contextmanager
    def held(self, n_cpus: int) -> Iterator[None]:
        """Has other work hold so many CPUs during the block."""
        work = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.ray.other_work", self.address, str(n_cpus)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        assert work.stdout is not None
        try:
            assert work.stdout.readline().strip() == "held"
            yield
        finally:
            work.communicate(timeout=SECONDS)

    def close(self) -> None:
        """Ends the cluster."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(SECONDS)

    def _do(self, command: str) -> None:
        print(command, file=self._process.stdin, flush=True)
        assert self._read() == "done"

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def processes(self) -> list[int]:
        """What sweeps run on the nodes: agents, their servers, trials, and what these started."""
        found = [int(file.name) for file in Path("/proc").glob("[0-9]*")]
        return sorted(pid for pid in found if self._is_of_a_sweep(pid))

    def agents(self) -> list[int]:
        """The agents: those of them that a worker of Ray's has started."""
        there = self.processes()
        return [pid for pid in there if _parent(pid) not in there]

    def _is_of_a_sweep(self, pid: int) -> bool:
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
        is_ours = self._mark.encode() in environment.split(b"\0")
        is_of_a_trial = f"\0{MARK}=".encode() in environment
        return is_ours and (_AGENT in command or is_of_a_trial) and is_alive(pid)


class ClusterSweep(Program):
    """A sweep of a study file in a process of its own, its trials on the cluster."""

    def __init__(
        self, study: Path, results: Path | str, address: str, n_trials: int, **env: str
    ) -> None:
        self._mark = f"SWEEP_TEST_MARK={results}"
        command = [sys.executable, "-m", "tests.engine.ray.driver"]
        self._process = subprocess.Popen(
            [*command, str(study), str(results), address, str(n_trials)],
            cwd=ROOT,
            env={**os.environ, "SWEEP_TEST_MARK": str(results), **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    def end(self) -> tuple[int, str, str]:
        output, errors = self._process.communicate(timeout=SECONDS)
        return self._process.returncode, output, errors


def holds(condition: Callable[[], bool]) -> bool:
    """Looks until the condition holds; False when it does not in time."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def states(results: Path) -> list[str]:
    study = optuna.load_study(study_name="study", storage=f"sqlite:///{results}/studies.db")
    return [trial.state.name for trial in study.trials]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
