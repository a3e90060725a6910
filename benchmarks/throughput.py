"""Trials a minute, end to end: `sweep`, Optuna's loop, Ray Tune, and a bare session loop as floor.

    python benchmarks/throughput.py [--repetitions N] [--workload digits] [--go-on]
        [--only sweep --only "Optuna, n_jobs=1"]

The workloads are the reference workload on digits and on MNIST, and on digits with ten evaluations,
which only Optuna's two threads run too. Each is a whole process with its imports, and trains the
same functions. All except the bare loop also evaluate, and keep checkpoints and an Optuna study or
Ray's results. All may use every core: with one trial at a time TensorFlow has them all, otherwise
they are divided. The peers run in an environment of their own, which this program creates in
benchmarks/.environments. They take turns; the table shows medians, and ratios within a turn.

The cost of each is written to results/benchmarks/throughput.csv when its turn is over. The same
command with --go-on, on the same machine, adds this many turns; the table covers all of them.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import asdict, fields
from pathlib import Path

import pandas as pd
from cost import Cost, cost_of
from environment import PYTHON, ROOT, make_environment, ray_version, threads_for
from machine import RESULTS, describe, write_result
from record import Record

HERE = Path(__file__).parent.resolve()
N_TRIALS = {"digits": 64, "digits_ten": 64, "mnist": 12}
SWEEP, FLOOR, TWO_THREADS = "sweep", "a bare session loop", "Optuna, n_jobs=2"
CONTENDERS = {
    SWEEP: ("sweep",),
    "Optuna, n_jobs=1": ("optuna_loop.py", "1"),
    TWO_THREADS: ("optuna_loop.py", "2"),
    "Ray Tune, new actors": ("ray_tune.py", "2", "new"),
    "Ray Tune, reused actors": ("ray_tune.py", "2", "reused"),
    FLOOR: ("session_loop.py", "1"),
}
"""Each with its program and the number of trials that it runs at a time."""
OF_TEN = (SWEEP, TWO_THREADS)
"""The contenders that run ten evaluations a trial."""
COSTS = [field.name for field in fields(Cost)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=5, help="how many to measure now")
    parser.add_argument("--workload", choices=list(N_TRIALS), action="append")
    parser.add_argument("--only", action="append", help="measure this contender, and no other")
    parser.add_argument("--go-on", action="store_true", help="add to what was measured before")
    arguments = parser.parse_args()
    columns = ["workload", "turn", "contender", *COSTS]
    record = Record(RESULTS / "throughput.csv", columns, arguments.go_on)
    make_environment()
    about = f"{describe()}, {ray_version()}"
    record.begin(about)
    known = record.read()["turn"].max()
    first = 1 if pd.isna(known) else int(known) + 1
    for turn in range(first, first + arguments.repetitions):
        for workload in arguments.workload or N_TRIALS:
            for contender in _in_turn(turn, workload, arguments.only):
                cost = asdict(_measure(contender, HERE / f"{workload}.py", N_TRIALS[workload]))
                row = {"workload": workload, "turn": turn, "contender": contender, **cost}
                record.add(pd.DataFrame([row]).round(2))
    measured = record.read()
    tables = [
        _table(workload, measured[measured["workload"] == workload])
        for workload in measured["workload"].unique()
    ]
    write_result("throughput", "\n\n".join([about, *tables]) + "\n")


def _contenders(workload: str) -> list[str]:
    return list(OF_TEN if workload == "digits_ten" else CONTENDERS)


def _in_turn(turn: int, workload: str, only: list[str] | None) -> list[str]:
    """The contenders, with another one first in each turn."""
    contenders = [one for one in _contenders(workload) if one in (only or CONTENDERS)]
    first = turn % len(contenders)
    return contenders[first:] + contenders[:first]


def _measure(contender: str, workload: Path, n_trials: int) -> Cost:
    program, *options = CONTENDERS[contender]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "2"}
    with tempfile.TemporaryDirectory() as folder:
        if contender == SWEEP:
            command = [sys.executable, "-m", "sweep", "run", str(workload)]
            command += ["--trials", str(n_trials), "--results", folder]
        else:
            command = [str(PYTHON), str(HERE / "peers" / program), str(workload), folder]
            command += [str(n_trials), *options]
            env |= threads_for(n_jobs=int(options[0]))
        return cost_of(command, env, Path(folder))


def _table(workload: str, measured: pd.DataFrame) -> str:
    """The cost of each contender in its turns, and its time as a share of sweep's in the same."""
    n_trials = N_TRIALS[workload]
    turns = measured.pivot(index="turn", columns="contender", values=COSTS)
    ratios = turns["seconds"].div(turns["seconds", SWEEP], axis=0)
    medians = turns.median().unstack(level=0)
    rows = [
        f"{workload}, {n_trials} trials:",
        "",
        "| | turns | s | trials a minute | of sweep's | CPU s | peak memory, MB | written, MB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for contender in (one for one in _contenders(workload) if one in ratios):
        cost, ratio = medians.loc[contender], ratios[contender]
        rows.append(
            f"| {contender} | {ratio.count()} | {cost['seconds']:.1f} | "
            f"{n_trials / cost['seconds'] * 60:.1f} | "
            f"{ratio.median():.2f} ({ratio.min():.2f} to {ratio.max():.2f}) | "
            f"{cost['cpu_seconds']:.1f} | {cost['peak_bytes'] / 1e6:.0f} | "
            f"{cost['written_bytes'] / 1e6:.0f} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
