"""SQLite's journal and synchronous modes under a sweep's writes, with a reader beside it.

    python benchmarks/journal.py

For each mode, one process tells trials as Optuna does, one commit for each write, while another
reads all of them without a pause, as a dashboard might. The modes take turns; the table shows
medians.
"""

from __future__ import annotations

import multiprocessing
import platform
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from optuna.storages import RDBStorage

MODES = (("DELETE", "FULL"), ("WAL", "FULL"), ("WAL", "NORMAL"), ("WAL", "OFF"))
N_TRIALS = 40
N_REPETITIONS = 5
RESULT = Path(__file__).parents[1] / "results/benchmarks/journal.md"


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    seconds: dict[tuple[str, str], list[float]] = {mode: [] for mode in MODES}
    waits: dict[tuple[str, str], list[float]] = {mode: [] for mode in MODES}
    for _ in range(N_REPETITIONS):
        for mode in MODES:
            with tempfile.TemporaryDirectory() as folder:
                taken, longest = _measure(Path(folder) / "studies.db", *mode)
            seconds[mode].append(taken / N_TRIALS * 1000)
            waits[mode].append(longest * 1000)
    table = _table(seconds, waits)
    print(table)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(table)


def _measure(database: Path, journal: str, synchronous: str) -> tuple[float, float]:
    """The seconds for all trials, and the reader's longest wait for an answer."""
    storage = RDBStorage(f"sqlite:///{database}", engine_kwargs={"connect_args": {"timeout": 60}})
    storage.engine.dispose()

    def set_modes(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.execute(f"PRAGMA synchronous={synchronous}")

    sqlalchemy.event.listen(storage.engine, "connect", set_modes)
    study = optuna.create_study(storage=storage, sampler=optuna.samplers.RandomSampler())
    ours, theirs = multiprocessing.Pipe()
    reader = multiprocessing.Process(target=_read_on, args=(database, theirs))
    reader.start()
    ours.recv()
    began = time.monotonic()
    for _ in range(N_TRIALS):
        _tell_one(study)
    taken = time.monotonic() - began
    ours.send("end")
    longest: float = ours.recv()
    reader.join()
    return taken, longest


def _tell_one(study: optuna.Study) -> None:
    trial = study.ask()
    for name in ("learning_rate", "dropout", "decay"):
        trial.suggest_float(name, 0, 1)
    for step in range(3):
        trial.report(step / 3, step)
    for attr in range(10):
        trial.set_user_attr(f"attr {attr}", attr)
    study.tell(trial, 1.0)


def _read_on(database: Path, pipe: Any) -> None:
    connection = sqlite3.connect(database, timeout=60)
    longest = 0.0
    pipe.send("ready")
    while not pipe.poll():
        began = time.monotonic()
        connection.execute("SELECT count(*) FROM trial_user_attributes").fetchall()
        longest = max(longest, time.monotonic() - began)
    pipe.recv()
    pipe.send(longest)


def _table(
    seconds: dict[tuple[str, str], list[float]], waits: dict[tuple[str, str], list[float]]
) -> str:
    base = seconds[MODES[0]]
    rows = [
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}; {N_TRIALS} trials of 18 commits, {N_REPETITIONS} repetitions",
        "",
        "| journal | synchronous | ms a trial | of the first row | reader's longest wait, ms |",
        "| --- | --- | --- | --- | --- |",
    ]
    for mode in MODES:
        ratios = [a / b for a, b in zip(seconds[mode], base, strict=True)]
        rows.append(
            f"| {mode[0]} | {mode[1]} | {statistics.median(seconds[mode]):.1f} | "
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | "
            f"{statistics.median(waits[mode]):.1f} |"
        )
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
