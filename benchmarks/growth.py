"""What a sweep itself costs for each trial, and how that grows with trials and slots.

    python benchmarks/growth.py

A stand-in replaces Estimator: its trials evaluate twice and end immediately, or sleep, so only the
sweep itself is measured. The studies of 100 to 100,000 finished trials are one study of 50 trials
whose rows are multiplied. Each sweep is a separate process on a copy. The sizes take turns,
and the tables show medians. The sampler `random` costs almost nothing, so its rows show the cost of
the sweep.
"""

from __future__ import annotations

import itertools
import json
import os
import platform
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import optuna

from sweep import StudySpec, TrialSpec, events
from sweep.estimator import restore
from sweep.flow.launch import sweep_study
from sweep.flow.options import Options
from sweep.folder.layout import TrialFolder
from sweep.study.loader import LoadedStudy
from sweep.trial.channel import Channel
from sweep.trial.messages import Evaluated, Order, Started
from sweep.trial.outcome import AttemptState, Outcome

SIZES = (100, 1_000, 10_000)
SIZES_TO_READ = (100, 10_000, 100_000)
SAMPLERS = ("random", "tpe")
N_MULTIPLIED = 50
N_NEW = 20
N_REPETITIONS = 5
N_REMEMBERED = 2_000
MEAN_SLEEP = 1.3
"""The argument of `_stand_in` for its sleep, which is up to 1.6 times as long."""
SLOTS = (1, 4, 16, 32, 64)
TRIALS_A_SLOT = 12
RESULT = Path(__file__).parents[1] / "results/benchmarks/growth.md"
TABLES = (
    *("trials", "trial_params", "trial_values", "trial_intermediate_values"),
    *("trial_user_attributes", "trial_system_attributes"),
)
LOAD = """
import sys, time
from sweep.results.tables import load_trials
began = time.monotonic()
load_trials("study", results=sys.argv[1])
print(time.monotonic() - began)
"""

Measured = dict[str, float]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        studies = {
            size: _study_of(size, Path(folder) / str(size)) for size in {*SIZES, *SIZES_TO_READ}
        }
        tables = [_growth(studies), _reading(studies), _memory(), _slots(), _gaps()]
    text = "\n".join([_machine(), *tables])
    print(text)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(text)


def _machine() -> str:
    return (
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, Optuna {optuna.__version__}, SQLite "
        f"{sqlite3.sqlite_version}; {N_REPETITIONS} repetitions\n"
    )


def _growth(studies: dict[int, Path]) -> str:
    cells: dict[tuple[str, int], list[Measured]] = {}
    for _ in range(N_REPETITIONS):
        for sampler in SAMPLERS:
            for size in SIZES:
                with tempfile.TemporaryDirectory() as copy:
                    shutil.copytree(studies[size], copy, dirs_exist_ok=True)
                    options = {"n_trials": size + N_NEW, "n_jobs": 1, "sampler": sampler}
                    measured = _sweep(Path(copy), **options)
                cells.setdefault((sampler, size), []).append(measured)
    rows = [
        f"What {N_NEW} more trials of a study cost, one at a time:",
        "",
        "| sampler | finished trials | CPU ms a trial | of the first row | wall ms a trial "
        "| database kB a trial | s to start | MB of memory |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for (sampler, size), runs in cells.items():
        first = cells[sampler, SIZES[0]]
        ratios = [run["cpu"] / base["cpu"] for run, base in zip(runs, first, strict=True)]
        middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        rows.append(
            f"| {sampler} | {size:,} | {1000 * middle['cpu']:.1f} | {_spread(ratios)} | "
            f"{1000 * middle['wall']:.1f} | {middle['bytes'] / 1000:.1f} | {middle['begin']:.2f} | "
            f"{middle['memory']:.0f} |"
        )
    return "\n".join(rows) + "\n"


def _reading(studies: dict[int, Path]) -> str:
    """Whole commands, with the start of Python and all imports, and the function alone."""
    module = [sys.executable, "-m", "sweep"]
    alone, whole = "load_trials by itself", "load_trials"
    commands = {
        "sweep list": [*module, "list", "--results"],
        "sweep show --top 20": [*module, "show", "--top", "20", "--results"],
        "sweep best": [*module, "best", "--results"],
        whole: [sys.executable, "-c", LOAD],
    }
    seconds: dict[tuple[str, int], list[float]] = defaultdict(list)
    for _ in range(N_REPETITIONS):
        for name, command in commands.items():
            for size in SIZES_TO_READ:
                began = time.monotonic()
                printed = subprocess.check_output([*command, str(studies[size])])
                seconds[name, size].append(time.monotonic() - began)
                if name == whole:
                    seconds[alone, size].append(float(printed))
    rows = [
        "Reading, as a whole process but for the last row; the median and the spread in seconds:",
        "",
        "| | " + " | ".join(f"{size:,} trials" for size in SIZES_TO_READ) + " |",
        "| --- |" + " --- |" * len(SIZES_TO_READ),
    ]
    for name in (*commands, alone):
        cells = [_spread(seconds[name, size]) for size in SIZES_TO_READ]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _memory() -> str:
    with tempfile.TemporaryDirectory() as folder:
        measured = _sweep(Path(folder), n_trials=N_REMEMBERED, n_jobs=2)
    return (
        f"Memory of the sweep over {N_REMEMBERED:,} trials with TPE: "
        f"{measured['memory at first']:.1f} MB after {N_MULTIPLIED} trials, "
        f"{measured['memory']:.1f} MB at the end.\n"
    )


def _slots() -> str:
    rows = [
        f"Trials that sleep for 1 to {2 * MEAN_SLEEP - 1:.1f} seconds, in many slots:",
        "",
        "| sampler | slots | trials a second | of what the slots allow | the sweep's CPU |",
        "| --- | --- | --- | --- | --- |",
    ]
    for sampler, n in itertools.product(SAMPLERS, SLOTS):
        many = {"n_trials": TRIALS_A_SLOT * n, "n_jobs": n, "seconds": 1.0}
        with tempfile.TemporaryDirectory() as folder:
            measured = _sweep(Path(folder), sampler=sampler, **many)
        rate, busy = 1 / measured["wall"], measured["cpu"] / measured["wall"]
        share = rate * MEAN_SLEEP / n
        rows.append(f"| {sampler} | {n} | {rate:.1f} | {share:.0%} | {busy:.0%} |")
    return "\n".join(rows) + "\n"


def _gaps() -> str:
    rows = [
        "From a trial's result until its slot, one of two, runs the next, with TPE:",
        "",
        "| the process that trials are forked from | median ms | nine of ten |",
        "| --- | --- | --- |",
    ]
    for name, loads in (("Python alone", False), ("with TensorFlow loaded", True)):
        with tempfile.TemporaryDirectory() as folder:
            _sweep(Path(folder), n_trials=102, n_jobs=2, seconds=0.4, tensorflow=loads)
            files = Path(folder).glob("study/trial-*/moments.json")
            moments = [json.loads(file.read_text()) for file in files]
        starts, ends = (sorted(moment[i] for moment in moments) for i in (0, 1))
        gaps = sorted(start - end for start, end in zip(starts[2:], ends, strict=False))
        rows.append(
            f"| {name} | {1000 * statistics.median(gaps):.0f} | "
            f"{1000 * gaps[len(gaps) * 9 // 10]:.0f} |"
        )
    return "\n".join(rows) + "\n"


def _spread(numbers: list[float]) -> str:
    return f"{statistics.median(numbers):.2f} ({min(numbers):.2f} to {max(numbers):.2f})"


def _study_of(size: int, results: Path) -> Path:
    """A results folder with a study of this many finished trials."""
    _sweep(results, n_trials=N_MULTIPLIED, n_jobs=2)
    shutil.rmtree(results / "study")
    database = sqlite3.connect(results / "studies.db")
    for table in TABLES:
        columns = [column[1] for column in database.execute(f"PRAGMA table_info({table})")]
        moved = {"trial_id", "number"} & set(columns)
        kept = [name for name in columns[1:] if name not in moved]
        # SQLite chooses a row's own key, but other rows refer to trials by theirs.
        values = [f"{name} + ? * {N_MULTIPLIED}" for name in sorted(moved)] + kept
        database.executemany(
            f"INSERT INTO {table} ({', '.join([*sorted(moved), *kept])}) "
            f"SELECT {', '.join(values)} FROM {table} WHERE trial_id <= {N_MULTIPLIED}",
            [(copy,) * len(moved) for copy in range(1, size // N_MULTIPLIED)],
        )
    database.commit()
    database.close()
    return results


def _sweep(results: Path, **what: Any) -> Measured:
    """Sweeps in a separate process; see `_measure`."""
    command = [sys.executable, __file__, str(results), json.dumps(what)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    measured: Measured = json.loads(done.stdout)
    return measured


def _measure(
    results: Path,
    n_trials: int,
    n_jobs: int,
    sampler: str = "tpe",
    seconds: float = 0.0,
    tensorflow: bool = False,
) -> Measured:
    """Sweeps up to `n_trials` trials that sleep for some `seconds`, and returns what that took."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if tensorflow:
        restore()
        __import__("tensorflow")
    watch = _Watch()
    spec = StudySpec(
        search_space=lambda trial: {**_search_space(trial), "seconds": seconds},
        build=_build,
        metric="accuracy",
        direction="maximize",
    )
    options = Options(results=results, n_trials=n_trials, n_jobs=n_jobs, seed=1, sampler=sampler)
    sweep_study(LoadedStudy(spec, "study", None, None), options, watch, _stand_in)
    n_new = n_trials - watch.n_before
    return {
        "begin": watch.began - watch.made,
        "wall": (time.monotonic() - watch.began) / n_new,
        "cpu": (time.process_time() - watch.cpu) / n_new,
        "bytes": (_size(results) - watch.size) / n_new,
        "memory at first": watch.memory,
        "memory": _memory_used(),
    }


class _Watch:
    """Notes when a sweep starts and when its first trials end."""

    def __init__(self) -> None:
        self.made = time.monotonic()
        self.n_ended = 0
        self.memory = 0.0

    def __call__(self, event: events.Event) -> None:
        if isinstance(event, events.SweepStarted):
            self.n_before = len(event.finished)
            self.size = _size(event.folder.parent)
            self.began, self.cpu = time.monotonic(), time.process_time()
        elif isinstance(event, events.TrialEnded):
            self.n_ended += 1
            if self.n_ended == N_MULTIPLIED:
                self.memory = _memory_used()


def _size(results: Path) -> int:
    """Bytes of the database, after its write-ahead log is merged into it."""
    database = results / "studies.db"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return database.stat().st_size


def _memory_used() -> float:
    """Resident MB of this process, without pages of files that it may share."""
    resident, shared = Path("/proc/self/statm").read_text().split()[1:3]
    return (int(resident) - int(shared)) * resource.getpagesize() / 1e6


def _search_space(trial: optuna.Trial) -> dict[str, Any]:
    params: dict[str, Any] = {
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128]),
        "layers": trial.suggest_int("layers", 1, 3),
    }
    for layer in range(params["layers"]):
        params[f"units_{layer}"] = trial.suggest_int(f"units_{layer}", 8, 128, log=True)
    return params


def _build(params: dict[str, Any], config: Any) -> TrialSpec:
    raise AssertionError("the stand-in builds no Estimator")


def _stand_in(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    """Replaces `sweep.trial.process.run_order`."""
    if order.check_only:
        return Outcome(AttemptState.COMPLETE)
    began = time.monotonic()
    channel.send(Started(max_steps=400))
    evaluations = []
    for step in (200, 400):
        # Of different lengths, so that no two trials end together for long.
        time.sleep(order.params["seconds"] / 2 * (1 + order.number % 7 / 10))
        accuracy = 1 - order.params["learning_rate"] - 1 / step
        metrics = {"accuracy": accuracy, "loss": 1 - accuracy, "global_step": step}
        evaluations.append({"step": step, **metrics})
        channel.send(Evaluated(step, metrics))
        channel.recv()
    (folder.folder / "moments.json").write_text(json.dumps([began, time.monotonic()]))
    phases = {"build": 0.1, "train": 0.2, "evaluate": 0.3}
    return Outcome(AttemptState.COMPLETE, metrics, None, evaluations, phases)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        print(json.dumps(_measure(Path(sys.argv[1]), **json.loads(sys.argv[2]))))
