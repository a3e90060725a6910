"""A sweep on a cluster whose parts are killed at random, again and again."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.engine.ray.clusters import SECONDS, ClusterSweep, TestCluster, holds, states

pytestmark = [pytest.mark.ray_soak, pytest.mark.xdist_group("ray"), pytest.mark.timeout(1800)]
N_TRIALS = 60
MOST_SECONDS_BETWEEN_KILLS = 4.0


class Watch:
    """Looks which trials' logs are open, and in how many processes each."""

    def __init__(self, cluster: TestCluster) -> None:
        self._cluster = cluster
        self.shared: set[str] = set()
        """Logs that two processes had open at a time."""
        self.seen: set[str] = set()
        self._is_over = threading.Event()

    def _look(self) -> None:
        while not self._is_over.wait(0.05):
            counts = Counter(filter(None, map(log_of, self._cluster.processes())))
            self.seen |= counts.keys()
            self.shared |= {log for log, n in counts.items() if n > 1}

    @contextmanager
    def at_work(self) -> Iterator[None]:
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()


def log_of(pid: int) -> str | None:
    """The log that a trial's process prints to."""
    try:
        target = Path(f"/proc/{pid}/fd/1").readlink()
    except OSError:
        return None
    return str(target) if target.name == "log.txt" else None


def trials_of(cluster: TestCluster) -> list[int]:
    """The processes of trials."""
    return [pid for pid in cluster.processes() if log_of(pid)]


def kill_one(pids: list[int], chance: random.Random) -> None:
    if pids:
        with suppress(ProcessLookupError):
            os.kill(chance.choice(pids), signal.SIGKILL)


def test_a_sweep_ends_with_exactly_its_trials_whatever_is_killed(
    cluster: TestCluster, sweep_on: Callable[..., ClusterSweep], results: Path
) -> None:
    seed = time.time_ns()
    print("seed", seed)
    chance = random.Random(seed)
    kills = ["trial", "agent", "node", "sweep"] * 2
    chance.shuffle(kills)
    watch = Watch(cluster)
    with watch.at_work():
        sweep = sweep_on(N_TRIALS, "pause")
        for kill in kills:
            assert holds(lambda: bool(trials_of(cluster)))
            time.sleep(chance.uniform(0, MOST_SECONDS_BETWEEN_KILLS))
            print("kills", kill, flush=True)
            match kill:
                case "trial":
                    kill_one(trials_of(cluster), chance)
                case "agent":
                    kill_one(cluster.agents(), chance)
                case "node":
                    cluster.remove_node()
                    cluster.add_node()
                case "sweep":
                    sweep.send(signal.SIGKILL)
                    assert holds(lambda: not cluster.processes()), f"left within {SECONDS} s"
                    sweep = sweep_on(N_TRIALS, "pause")
        code, output, errors = sweep.end()
    assert code == 0, output + errors
    assert states(results) == ["COMPLETE"] * N_TRIALS
    assert len(watch.seen) == N_TRIALS
    assert watch.shared == set()
    assert holds(lambda: not cluster.processes())
