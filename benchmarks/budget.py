"""Wall time to a good model: rungs, pruners and full training, Optuna's loop, Ray Tune with ASHA.

    python benchmarks/budget.py [--study studies/mnist_conv.py] [--seconds N] [--seeds N]

Each contender searches the same study for as long, as a whole process and two trials at a time. A
trial's accuracy counts from the moment at which the trial has ended (with Ray: has reported). The
level is what the best trial of `sweep` in full has at the end, the median over the seeds. The
table and a picture of the best accuracy over time go to results/benchmarks.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
from environment import PYTHON, ROOT, make_environment, ray_version, threads_for
from machine import RESULTS, describe, write_result
from matplotlib.figure import Figure

HERE = Path(__file__).parent.resolve()
N_JOBS = 2
ENDLESS = "100000"
FULL, OPTUNA, RAY = "sweep, in full", "Optuna's loop", "Ray Tune, ASHA"
SWEEPS = {
    FULL: (),
    "sweep, median": ("--pruner", "median"),
    "sweep, hyperband": ("--pruner", "hyperband"),
    "sweep, asha": ("--pruner", "asha"),
    "sweep, 4 rungs": ("--rungs", "4"),
    "sweep, 4 rungs, 2 brackets": ("--rungs", "4", "--brackets", "2"),
}
CONTENDERS = (*SWEEPS, OPTUNA, RAY)
Curve = pd.Series
"""The best accuracy so far, by the seconds since the process was started."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--study", type=Path, default=ROOT / "studies/mnist_conv.py")
    parser.add_argument("--seconds", type=float, default=300.0, help="for each contender")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    study = arguments.study.resolve()
    make_environment()
    curves: dict[str, list[Curve]] = {contender: [] for contender in CONTENDERS}
    for seed in range(arguments.seeds):
        for contender, found in curves.items():
            found.append(_search(contender, study, arguments.seconds, seed))
    name = f"budget-{study.stem}"
    _draw(curves, arguments.seconds).savefig(RESULTS / f"{name}.svg")
    about = f"{describe()}, {ray_version()}; {study.stem}, {arguments.seconds:.0f} s, "
    write_result(name, f"{about}{arguments.seeds} seeds\n\n{_table(curves)}\n")


def _search(contender: str, study: Path, seconds: float, seed: int) -> Curve:
    """Runs a contender to its end; what ends after the time is left out."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.time()
        ended = subprocess.run(
            _command(contender, study, folder, seconds, seed),
            env={**os.environ, "PYTHONPATH": str(ROOT), **threads_for(N_JOBS)},
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
        )
        if ended.returncode > 1:  # 1 is of a sweep that has completed no trial in time
            raise RuntimeError(f"{contender} failed:\n{ended.stdout}{ended.stderr}")
        ends = _reported(folder) if contender == RAY else _ended(folder, study.stem)
    since = ends.set_axis(ends.index - began).sort_index()
    return since[since.index <= seconds].cummax()


def _command(contender: str, study: Path, folder: Path, seconds: float, seed: int) -> list[str]:
    limits = [str(N_JOBS), str(seconds), str(seed)]
    if contender == RAY:
        return [str(PYTHON), str(HERE / "peers/ray_asha.py"), str(study), str(folder), *limits]
    if contender == OPTUNA:
        program = str(HERE / "peers/optuna_loop.py")
        return [str(PYTHON), program, str(study), str(folder), ENDLESS, *limits]
    options = ["--results", str(folder), "--jobs", str(N_JOBS), "--seed", str(seed)]
    options += ["--trials", ENDLESS, "--timeout", f"{seconds:.0f}s", *SWEEPS[contender]]
    return [sys.executable, "-m", "sweep", "run", str(study), *options]


def _ended(folder: Path, study: str) -> pd.Series:
    """The values of an Optuna study's trials by the times at which they ended."""
    loaded = optuna.load_study(study_name=study, storage=f"sqlite:///{folder}/studies.db")
    ends = {
        trial.datetime_complete.timestamp(): trial.value
        for trial in loaded.trials
        if trial.datetime_complete is not None and trial.value is not None
    }
    return pd.Series(ends, dtype=float)


def _reported(folder: Path) -> pd.Series:
    return pd.read_csv(folder / "evaluations.csv").set_index("timestamp")["accuracy"].astype(float)


def _table(curves: dict[str, list[Curve]]) -> str:
    level = statistics.median(_last(curve) for curve in curves[FULL])
    rows = [
        f"The level: accuracy {level:.4f}.",
        "",
        "| | accuracy at the end | s to the level | of full training's | seeds that reach it |",
        "| --- | --- | --- | --- | --- |",
    ]
    full = statistics.median(_time_to(level, curve) for curve in curves[FULL])
    for contender, found in curves.items():
        times = [_time_to(level, curve) for curve in found]
        median = statistics.median(times)
        accuracy = statistics.median(map(_last, found))
        n_reached = sum(map(math.isfinite, times))
        shown = (f"{median:.0f}", f"{median / full:.2f}") if math.isfinite(median) else ("-", "-")
        rows.append(
            f"| {contender} | {accuracy:.4f} | {' | '.join(shown)} | {n_reached} of {len(found)} |"
        )
    return "\n".join(rows)


def _last(curve: Curve) -> float:
    return float(curve.iloc[-1]) if len(curve) else 0.0


def _time_to(level: float, curve: Curve) -> float:
    reached = curve[curve >= level]
    return float(reached.index[0]) if len(reached) else math.inf


def _draw(curves: dict[str, list[Curve]], seconds: float) -> Figure:
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    at = np.linspace(0, seconds, 200)
    for contender, found in curves.items():
        best = [curve.reindex(curve.index.union(at)).ffill().reindex(at) for curve in found]
        median = pd.concat(best, axis=1).fillna(0).median(axis=1)
        axes.plot(at, 1 - median, label=contender, lw=2 if "rungs" in contender else 1)
    axes.set(xlabel="seconds", ylabel="error of the best so far, median", yscale="log")
    axes.legend(frameon=False, fontsize="small")
    return figure


if __name__ == "__main__":
    main()
