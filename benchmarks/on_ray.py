"""`sweep --engine ray` on raylets of this machine, compared with local slots and with Ray Tune.

    python benchmarks/on_ray.py reference [--turns 5] [--trials 64] [--go-on]
    python benchmarks/on_ray.py seconds [--turns 1] [--trials 10000] [--slots 16] [--go-on]
        [--only "sweep, nodes of Ray"]

`reference` trains the reference workload, two trials at a time: in two local slots, on two nodes of
one CPU, and with Ray Tune's OptunaSearch and reused actors on two such nodes. `seconds` has trials
that sleep for a second, on two nodes that share the slots, with random sampling, and in local slots
with TPE. It measures how much of the time the slots are busy. Each turn starts a cluster for each
contender, which is not counted, with the Python that runs the contender's trials; its workers have
the default priority. A contender is a whole process, with its imports. They take turns. The table
shows medians, and ratios within a turn.

The seconds are written to results/benchmarks/on-ray-<what>.csv, and the table beside it. --go-on
adds turns.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from environment import PYTHON, ROOT, make_environment, ray_version, threads_for
from machine import RESULTS, describe, write_result
from record import Record

HERE = Path(__file__).parent.resolve()
LOCAL, SWEEP, TUNE = "sweep, local slots", "sweep, nodes of Ray", "Ray Tune, reused actors"
TPE = "sweep, local slots, tpe"
CONTENDERS = {"reference": (LOCAL, SWEEP, TUNE), "seconds": (SWEEP, TPE, TUNE)}
N_TRIALS = {"reference": 64, "seconds": 10_000}
N_SLOTS = {"reference": 2, "seconds": 16}
N_NODES = 2
_OF_RAY = {"RAY_worker_niceness": "0", "RAY_raylet_start_wait_time_s": "120"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=list(CONTENDERS))
    parser.add_argument("--turns", type=int, help="how many to measure now")
    parser.add_argument("--trials", type=int)
    parser.add_argument("--slots", type=int)
    parser.add_argument("--only", action="append", help="measure only this contender")
    parser.add_argument("--go-on", action="store_true", help="add to what was measured before")
    arguments = parser.parse_args()
    what = arguments.what
    n_trials = arguments.trials or N_TRIALS[what]
    n_slots = arguments.slots or N_SLOTS[what]
    record = Record(RESULTS / f"on-ray-{what}.csv", ["turn", "contender", "s"], arguments.go_on)
    make_environment()
    about = f"{describe()}, {ray_version()}; {n_trials} trials, {n_slots} at a time"
    record.begin(about)
    known = record.read()["turn"].max()
    first = 1 if pd.isna(known) else int(known) + 1
    for turn in range(first, first + (arguments.turns or (5 if what == "reference" else 1))):
        asked = arguments.only or CONTENDERS[what]
        contenders = [one for one in CONTENDERS[what] if one in asked]
        for place in range(len(contenders)):
            contender = contenders[(turn + place) % len(contenders)]
            seconds = _measure(what, contender, n_trials, n_slots)
            row = {"turn": turn, "contender": contender, "s": round(seconds, 2)}
            record.add(pd.DataFrame([row]))
    table = _table(what, record.read(), n_trials, n_slots)
    write_result(f"on-ray-{what}", f"{about}\n\n{table}\n")


def _measure(what: str, contender: str, n_trials: int, n_slots: int) -> float:
    """The seconds that one contender takes."""
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{HERE}", "TF_CPP_MIN_LOG_LEVEL": "2"}
    env.pop("RAY_ADDRESS", None)
    with tempfile.TemporaryDirectory() as folder:
        command = _command(what, contender, folder, n_trials, n_slots)
        if contender in (LOCAL, TPE):
            return _seconds(command, env, folder)
        with _cluster(command[0], n_slots, env) as address:
            return _seconds(command, {**env, "RAY_ADDRESS": address}, folder)


def _command(what: str, contender: str, folder: str, n_trials: int, n_slots: int) -> list[str]:
    numbers = [str(n_trials), str(n_slots)]
    if what == "seconds":
        if contender == TUNE:
            return [str(PYTHON), str(HERE / "peers/ray_tune_seconds.py"), folder, *numbers]
        how = ["local", "tpe"] if contender == TPE else ["ray", "random"]
        return [sys.executable, str(HERE / "one_second.py"), folder, *numbers, *how]
    workload = str(HERE / "digits.py")
    if contender == TUNE:
        return [str(PYTHON), str(HERE / "peers/ray_tune.py"), workload, folder, *numbers, "reused"]
    command = [sys.executable, "-m", "sweep", "run", workload, "--results", folder]
    command += ["--trials", numbers[0], "--jobs", numbers[1]]
    return command if contender == LOCAL else [*command, "--engine", "ray"]


def _seconds(command: list[str], env: dict[str, str], folder: str) -> float:
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        ended = subprocess.run(
            command, env=env | threads_for(2), cwd=folder, stdout=output, stderr=output, check=False
        )
        seconds = time.monotonic() - began
        if ended.returncode:
            output.seek(0)
            raise RuntimeError(f"{command} failed:\n{output.read().decode()[-2000:]}")
    return seconds


@contextmanager
def _cluster(python: str, n_slots: int, env: dict[str, str]) -> Iterator[str]:
    """A cluster of nodes that share the slots, whose workers run with `python`; its address."""
    shares = [n_slots // N_NODES] * (N_NODES - 1)
    cpus = map(str, [*shares, n_slots - sum(shares)])
    cluster = subprocess.Popen(
        [python, str(HERE / "peers/nodes.py"), *cpus],
        env=env | threads_for(2) | _OF_RAY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    assert cluster.stdin is not None
    assert cluster.stdout is not None
    try:
        yield cluster.stdout.readline().strip()
    finally:
        cluster.stdin.close()
        cluster.wait()


def _table(what: str, measured: pd.DataFrame, n_trials: int, n_slots: int) -> str:
    """The time of each contender, and its ratio to another's or to the least that it can be."""
    turns = measured.pivot(index="turn", columns="contender", values="s")
    if what == "seconds":
        compared_with, ratios = "the least that it can take", turns / (n_trials / n_slots)
    else:
        compared_with, ratios = LOCAL, turns.div(turns[LOCAL], axis=0)
    rows = [f"| | turns | s | of {compared_with} |", "| --- | --- | --- | --- |"]
    for contender in (one for one in CONTENDERS[what] if one in turns):
        ratio, seconds = ratios[contender], turns[contender]
        rows.append(
            f"| {contender} | {ratio.count()} | {seconds.median():.1f} | {ratio.median():.2f} "
            f"({ratio.min():.2f} to {ratio.max():.2f}) |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
