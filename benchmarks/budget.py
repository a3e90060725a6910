"""Wall time to a good model: rungs, pruners and full training, Optuna's loop, Ray Tune with ASHA.

    python benchmarks/budget.py [--study studies/mnist_dense.py] [--seconds N] [--seeds N] [--go-on]

Each contender searches the same study for the same time, as a whole process with its imports, with
two trials at a time that share the cores. A trial's accuracy counts from the moment when the trial
has ended (with Ray: has reported). The contenders take turns, seed by seed. Optuna's pruners run in
`sweep`, because Optuna itself cannot prune an Estimator. Optuna's own loop and Ray train the
study's functions unchanged, with the arrays in the graph that `sweep` keeps out.

The results are written to results/benchmarks/budget-STUDY.csv as soon as a contender is done. The
same command with --go-on, on the same machine, measures this many more seeds. The table and the
picture of the best accuracy over time cover everything in the file.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import optuna
import pandas as pd
from best_so_far import COLUMNS, NOTHING, Comparison, curves_of
from environment import PYTHON, ROOT, make_environment, ray_version, threads_for
from machine import RESULTS, describe, write_result
from record import Record

HERE = Path(__file__).parent.resolve()
N_JOBS = 2
ENDLESS = "100000"
FULL, OPTUNA = "sweep, in full", "Optuna's loop"
RUNGS = {"3 rungs by 3": ("3", "3"), "2 rungs by 4": ("2", "4")}
"""The number of rungs and the reduction factor: the lowest is 1/9 or 1/4 of max_steps."""
RAYS = {f"Ray Tune, {name}": rungs for name, rungs in RUNGS.items()}
SWEEPS = {
    FULL: (),
    "sweep, median": ("--pruner", "median"),
    "sweep, hyperband": ("--pruner", "hyperband"),
    "sweep, asha": ("--pruner", "asha"),
    **{
        f"sweep, {name}": ("--rungs", n_rungs, "--reduction-factor", factor)
        for name, (n_rungs, factor) in RUNGS.items()
    },
}
CONTENDERS = (*SWEEPS, OPTUNA, *RAYS)
NO_TRIAL_COMPLETED = 1
"""The exit code of a sweep whose time was too short for one trial."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--study", type=Path, default=ROOT / "studies/mnist_dense.py")
    parser.add_argument("--seconds", type=float, default=300.0, help="for each contender and seed")
    parser.add_argument("--seeds", type=int, default=5, help="how many to measure now")
    parser.add_argument("--go-on", action="store_true", help="add to what was measured before")
    parser.add_argument("--only", choices=CONTENDERS, action="append", help="[default: all]")
    arguments = parser.parse_args()
    study, seconds = arguments.study.resolve(), arguments.seconds
    contenders = arguments.only or CONTENDERS
    name = f"budget-{study.stem}"
    record = Record(RESULTS / f"{name}.csv", COLUMNS, arguments.go_on)
    make_environment()
    about = f"{describe()}, {ray_version()}; {study.stem}, {seconds:.0f} s, two at a time"
    record.begin(about)
    known = curves_of(record.read())
    first = min(len(known.get(contender, ())) for contender in contenders)
    for seed in range(first, first + arguments.seeds):
        for contender in contenders:
            if seed not in known.get(contender, ()):
                found = pd.concat([NOTHING, _search(contender, study, seconds, seed)])
                record.add(found.assign(contender=contender, seed=seed).round(4))
    curves = curves_of(record.read())
    if FULL not in curves:
        raise SystemExit(f"There is no table without {FULL!r}: measure that too.")
    comparison = Comparison(curves, FULL, seconds)
    comparison.picture().savefig(RESULTS / f"{name}.svg")
    write_result(name, f"{about}\n\n{comparison.table()}\n")


def _search(contender: str, study: Path, seconds: float, seed: int) -> pd.DataFrame:
    """Runs a contender to its end; trials that end after the time are left out."""
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
        if ended.returncode and not (
            contender in SWEEPS and ended.returncode == NO_TRIAL_COMPLETED
        ):
            raise RuntimeError(f"{contender} failed:\n{ended.stdout}{ended.stderr}")
        found = _reported(folder) if contender in RAYS else _ended(folder, study.stem)
    found["seconds"] -= began
    return found[found["seconds"] <= seconds]


def _command(contender: str, study: Path, folder: Path, seconds: float, seed: int) -> list[str]:
    limits = [str(N_JOBS), str(seconds), str(seed)]
    if contender in RAYS:
        program = str(HERE / "peers/ray_asha.py")
        return [str(PYTHON), program, str(study), str(folder), *limits, *RAYS[contender]]
    if contender == OPTUNA:
        program = str(HERE / "peers/optuna_loop.py")
        return [str(PYTHON), program, str(study), str(folder), ENDLESS, *limits]
    options = ["--results", str(folder), "--jobs", str(N_JOBS), "--seed", str(seed)]
    options += ["--trials", ENDLESS, "--timeout", f"{seconds:.0f}s", *SWEEPS[contender]]
    return [sys.executable, "-m", "sweep", "run", str(study), *options]


def _ended(folder: Path, study: str) -> pd.DataFrame:
    """The values of an Optuna study's trials, and when they ended."""
    loaded = optuna.load_study(study_name=study, storage=f"sqlite:///{folder}/studies.db")
    ends = [
        (trial.datetime_complete.timestamp(), trial.value)
        for trial in loaded.trials
        if trial.datetime_complete is not None and trial.value is not None
    ]
    return pd.DataFrame(ends, columns=["seconds", "accuracy"], dtype=float)


def _reported(folder: Path) -> pd.DataFrame:
    reported = pd.read_csv(folder / "evaluations.csv")
    return reported.rename(columns={"timestamp": "seconds"}).astype(float)


if __name__ == "__main__":
    main()
