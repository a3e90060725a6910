"""What a trial of a program costs, compared with a study file that trains the same.

    python benchmarks/program.py [--turns N] [--trials N] [--go-on]

The program, programs/digits_2018.py, is written for TensorFlow 1 and swept by its flags. The study
file is programs/digits_study.py. Both import scikit-learn at their top and load the data in every
trial, as such programs do. Each is a whole `sweep run` with the same params, one trial at a time.
They take turns, and another one is first in each turn.

A trial's time lasts from its start to the next trial's, so it contains everything that a sweep does
for a trial. The rest of a command is its own start and end. The CPU time is that of the whole
command, divided by its trials, so it contains the start of the command too. Every trial's time is
written to results/benchmarks/program.csv when its command is over. The same command with --go-on,
on the same machine, adds turns. The table shows medians, and differences within a turn with their
spread.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from environment import ROOT
from machine import RESULTS, describe, write_result
from record import Record
from reference import BATCH_SIZE, LEARNING_RATES, N_STEPS

import sweep

HERE = Path(__file__).parent.resolve() / "programs"
STUDY, PROGRAM = "study file", "program"
LOW, HIGH = LEARNING_RATES
COMMANDS = {
    STUDY: [str(HERE / "digits_study.py")],
    PROGRAM: [
        *(str(HERE / "digits_2018.py"), "--vary", f"learning-rate={LOW}..{HIGH}:log"),
        *("--metric", "accuracy", "--direction", "maximize"),
    ],
}
ARGUMENTS = ["--job-dir={model_dir}", f"--batch-size={BATCH_SIZE}", f"--train-steps={N_STEPS}"]
KINDS = ["seconds", "cpu_seconds", "besides"]
COLUMNS = ["turn", "contender", "trial", *KINDS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=7, help="how many to measure now")
    parser.add_argument("--trials", type=int, default=12, help="trials of each command")
    parser.add_argument("--go-on", action="store_true", help="add to what was measured before")
    arguments = parser.parse_args()
    record = Record(RESULTS / "program.csv", COLUMNS, arguments.go_on)
    about = f"{describe()}; {arguments.trials} trials a command, one at a time"
    record.begin(about)
    known = record.read()["turn"].max()
    first = 1 if pd.isna(known) else int(known) + 1
    for turn in range(first, first + arguments.turns):
        for contender in (STUDY, PROGRAM) if turn % 2 else (PROGRAM, STUDY):
            measured = _measure(contender, arguments.trials)
            record.add(measured.assign(turn=turn, contender=contender).round(4))
    write_result("program", f"{about}\n\n{_table(record.read())}")


def _measure(contender: str, n_trials: int) -> pd.DataFrame:
    """The seconds of each trial except the last, and those of the rest of the command."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "2"}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sweep", "run", *COMMANDS[contender], "--name", "measured"]
        command += ["--trials", str(n_trials), "--jobs", "1", "--results", folder]
        command += ["--sampler", "random", "--seed", "0"]
        command += ["--", *ARGUMENTS] if contender == PROGRAM else []
        began, cpu_before = time.monotonic(), _cpu_seconds()
        subprocess.run(command, env=env, check=True, capture_output=True)
        taken, cpu = time.monotonic() - began, _cpu_seconds() - cpu_before
        trials = sweep.load_trials("measured", results=folder)
    assert list(trials["state"]) == ["COMPLETE"] * n_trials
    seconds = trials["datetime_start"].diff().shift(-1).dt.total_seconds()
    table = pd.DataFrame({"trial": trials["number"], "seconds": seconds})
    sweeping = trials["datetime_complete"].max() - trials["datetime_start"].min()
    besides = taken - sweeping.total_seconds()
    return table.assign(besides=besides, cpu_seconds=cpu / n_trials).dropna()


def _cpu_seconds() -> float:
    """The CPU seconds of all processes that have ended and were waited for."""
    times = os.times()
    return times.children_user + times.children_system


def _table(measured: pd.DataFrame) -> str:
    """The cost of a trial in each way, and the difference within a turn."""
    turns = measured.groupby(["contender", "turn"])
    medians = turns[KINDS].median().unstack("contender")
    rows = [
        f"{len(medians)} turns:",
        "",
        "| | s a trial | CPU s a trial | s a command besides |",
        "| --- | --- | --- | --- |",
    ]
    for contender in COMMANDS:
        columns = [medians[kind][contender] for kind in KINDS]
        rows.append(f"| {contender} | {' | '.join(map(_middle, columns))} |")
    apart = [medians[kind][PROGRAM] - medians[kind][STUDY] for kind in KINDS]
    rows.append(f"| more for the program | {' | '.join(map(_spread, apart))} |")
    return "\n".join(rows) + "\n"


def _middle(column: pd.Series) -> str:
    return f"{column.median():.2f}"


def _spread(column: pd.Series) -> str:
    return f"{_middle(column)} ({column.min():.2f} to {column.max():.2f})"


if __name__ == "__main__":
    main()
