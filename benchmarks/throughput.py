"""Trials a minute, end to end: `sweep`, Optuna's loop, Ray Tune, and a bare session loop as floor.

    python benchmarks/throughput.py [--repetitions N] [--trials N] [--workload digits]

Each is a whole process that begins with its imports and trains the same functions; all but the
bare loop evaluate too, and keep checkpoints and an Optuna study or Ray's results. All may use every
core: with one trial at a time TensorFlow has them all, otherwise they are divided. The peers run in
an environment of their own, which this program makes in benchmarks/.environments. They take turns;
the table shows medians, and ratios within a turn.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from cost import Cost, cost_of
from environment import PYTHON, ROOT, make_environment, ray_version, threads_for
from machine import describe, write_result

HERE = Path(__file__).parent.resolve()
N_TRIALS = {"digits": 64, "mnist": 12}
SWEEP, FLOOR = "sweep", "a bare session loop"
CONTENDERS = {
    SWEEP: ("sweep",),
    "Optuna, n_jobs=1": ("optuna_loop.py", "1"),
    "Optuna, n_jobs=2": ("optuna_loop.py", "2"),
    "Ray Tune, new actors": ("ray_tune.py", "2", "new"),
    "Ray Tune, reused actors": ("ray_tune.py", "2", "reused"),
    FLOOR: ("session_loop.py", "1"),
}
"""Each with its program and how many trials it runs at a time."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--trials", type=int, help=f"[default: {N_TRIALS}]")
    parser.add_argument("--workload", choices=list(N_TRIALS), action="append")
    arguments = parser.parse_args()
    workloads = {
        workload: arguments.trials or N_TRIALS[workload]
        for workload in arguments.workload or N_TRIALS
    }
    make_environment()
    costs: dict[str, dict[str, list[Cost]]] = {
        workload: {contender: [] for contender in CONTENDERS} for workload in workloads
    }
    for _ in range(arguments.repetitions):
        for workload, n_trials in workloads.items():
            for contender, taken in costs[workload].items():
                taken.append(_measure(contender, HERE / f"{workload}.py", n_trials))
    tables = [_table(workload, n, costs[workload]) for workload, n in workloads.items()]
    repetitions = (
        "1 repetition" if arguments.repetitions == 1 else f"{arguments.repetitions} repetitions"
    )
    about = f"{describe()}, {ray_version()}; {repetitions}"
    write_result("throughput", "\n\n".join([about, *tables]) + "\n")


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


def _table(workload: str, n_trials: int, costs: dict[str, list[Cost]]) -> str:
    rows = [
        f"{workload}, {n_trials} trials:",
        "",
        "| | s | trials a minute | time, of sweep's | CPU s | peak memory, MB | written, MB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for contender, taken in costs.items():
        ratios = [a.seconds / b.seconds for a, b in zip(taken, costs[SWEEP], strict=True)]
        seconds = statistics.median(cost.seconds for cost in taken)
        cpu = statistics.median(cost.cpu_seconds for cost in taken)
        peak = statistics.median(cost.peak_bytes for cost in taken) / 1e6
        written = statistics.median(cost.written_bytes for cost in taken) / 1e6
        rows.append(
            f"| {contender} | {seconds:.1f} | {n_trials / seconds * 60:.1f} | "
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | "
            f"{cpu:.1f} | {peak:.0f} | {written:.0f} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
