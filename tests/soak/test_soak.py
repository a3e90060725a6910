"""Ten random kills of sweep, fork server and trials during one sweep of real Estimators."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import psutil
import pytest

import sweep
from tests.running import ROOT, SWEEP

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

N_TRIALS = 12
N_KILLS = 10
MARK = "SWEEP_SOAK_MARK"


def test_ten_random_kills_cost_no_trial(results: Path) -> None:
    seed = int(os.environ.get("SOAK_SEED", time.time_ns() % 10**6))
    print(f"SOAK_SEED={seed} repeats these kills, as far as processes do")
    chance = random.Random(seed)
    n_trials, n_kills = N_TRIALS, 0
    while True:
        running = _start(results, n_trials)
        while n_kills < N_KILLS and running.poll() is None:
            time.sleep(chance.uniform(0.5, 5.0))
            n_kills += _kill_one(running, chance)
        _, errors = running.communicate()
        assert running.returncode in (0, 1, -signal.SIGKILL), errors
        assert "Traceback" not in errors
        if running.returncode == 0:
            if n_kills == N_KILLS:
                break
            n_trials += N_TRIALS  # for a fast machine is done with the first before all kills
    trials = sweep.load_trials("heavy", results=results)
    assert list(trials["number"]) == list(range(n_trials))
    assert set(trials["state"]) == {"COMPLETE"}
    assert set(trials["metrics_global_step"]) == {60}
    assert not _processes(results)
    with sqlite3.connect(results / "studies.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def _start(results: Path, n_trials: int) -> subprocess.Popen[str]:
    options = ["--trials", str(n_trials), "--retries", "100", "--jobs", "2"]
    return subprocess.Popen(
        [*SWEEP, "run", "tests/heavy.py", "--results", str(results), *options],
        cwd=ROOT,
        env={**os.environ, MARK: str(results), "HEAVY_MIB": "20"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _kill_one(running: subprocess.Popen[str], chance: random.Random) -> bool:
    """Kills the sweep, its fork server or one of its trials; False if nothing is left to kill."""
    try:
        program = psutil.Process(running.pid)
        servers = program.children()
        trials = [trial for server in servers for trial in server.children()]
        kinds = [kind for kind in ([program], servers, trials) if kind]
        chance.choice(chance.choice(kinds)).kill()
    except psutil.NoSuchProcess:
        return False
    return True


def _processes(results: Path) -> list[int]:
    """What is left of the sweeps, however it was started."""
    mark = f"{MARK}={results}".encode()
    left = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                left.append(int(process.name))
        except OSError:
            continue
    return left
