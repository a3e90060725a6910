"""Makes `results.tar.xz` and `expected/`: what version 0.1.0 wrote, and what it said about it.

They were made by version 0.1.0, in a checkout of it to which this folder was copied:

    python tests/before/make.py /tmp/before/results

The archive is kept because studies, databases and results folders that an older version has
written must be read and continued by every later one. So neither is to be made anew with a later
version: that would test that it can read what it has written itself.
"""

import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from pathlib import Path

HERE = Path(__file__).parent
STUDY = "tests/before/study.py"
SLOWLY = {"STUDY_SECONDS_A_STEP": "0.5"}
WITHOUT_DATA = {"STUDY_WITHOUT_DATA": "1"}
EXPECTED = {
    "list": "list",
    "show-plain": "show plain",
    "show-rungs": "show rungs",
    "show-population": "show population",
    "show-heir": "show heir",
    "best-plain": "best plain",
    "best-rungs": "best rungs --top 2",
    "best-population": "best population",
    "best-heir": "best heir",
    "lineage-rungs": "lineage rungs",
    "lineage-population": "lineage population --trial 2",
}
"""The files of `expected/`, and the commands that print them, without their --json."""


def main(results: Path) -> None:
    make_plain(results)
    make_heir(results)
    make_rungs(results)
    make_population(results)
    interrupt(results)
    kill(results)
    forget_the_end(results, number=4)
    fold_log(results)
    with tarfile.open(HERE / "results.tar.xz", "w:xz", preset=9) as archive:
        archive.add(results, "results", filter=anonymous)
    (HERE / "expected").mkdir(exist_ok=True)
    for name, command in EXPECTED.items():
        printed = sweep(results, f"{command} --json")
        (HERE / "expected" / f"{name}.json").write_text(printed)


def make_plain(results: Path) -> None:
    """Trials that are complete, have failed, were tried again, and were ended by `sweep stop`."""
    run = f"run {STUDY} --name plain --jobs 1"
    sweep(results, f"{run} --seed 1 --trials 6 --enqueue loss=broken")
    sweep(results, f"{run} --trials 7 --enqueue loss=squared", WITHOUT_DATA)
    sweep(results, f"retry {STUDY} --name plain --jobs 1 --reason 'exception: OSError'")
    sweep(results, f"{run} --trials 9 --enqueue loss=huber", WITHOUT_DATA)
    stopped = start(results, f"{run} --trials 10 --enqueue loss=huber,degree=2", SLOWLY)
    wait_for_checkpoints(2, results / "plain/trial-0009")
    sweep(results, "stop plain --trial 9")
    stopped.wait()


def make_heir(results: Path) -> None:
    """A study that began with the trials of another, and has two of its own."""
    sweep(results, f"run {STUDY} --name heir --from plain --trials 7 --seed 2 --jobs 1")


def make_rungs(results: Path) -> None:
    """Four configurations, of which two were promoted."""
    rungs = "--rungs 2 --reduction-factor 2"
    sweep(results, f"run {STUDY} --name rungs {rungs} --trials 4 --seed 1 --jobs 1")


def make_population(results: Path) -> None:
    """Two members, of which one copied the other after the first leg."""
    population = "--population 2 --legs 2 --explore learning_rate"
    enqueued = "--enqueue loss=squared,degree=2 --enqueue loss=huber,degree=2"
    sweep(results, f"run {STUDY} --name population {population} {enqueued} --seed 1 --jobs 1")


def interrupt(results: Path) -> None:
    """Two trials WAITING with a checkpoint, and one WAITING that has never begun."""
    enqueued = [f"--enqueue loss=squared,degree={degree}" for degree in (1, 2, 4)]
    run = f"run {STUDY} --name plain --jobs 2 --trials 13 {' '.join(enqueued)}"
    interrupted = start(results, run, SLOWLY)
    wait_for_checkpoints(2, results / "plain/trial-0010")
    wait_for_checkpoints(2, results / "plain/trial-0011")
    interrupted.send_signal(signal.SIGINT)
    interrupted.wait()


def kill(results: Path) -> None:
    """The first of these left RUNNING by a sweep that was killed."""
    killed = start(results, f"run {STUDY} --name plain --jobs 1 --trials 13", SLOWLY)
    wait_for_checkpoints(4, results / "plain/trial-0010")
    killed.kill()
    killed.wait()


def forget_the_end(results: Path, number: int) -> None:
    """Leaves a COMPLETE trial as a sweep does that dies after the trial wrote its result.json.

    No command does that reliably, so this edits the database.
    """
    with sqlite3.connect(results / "studies.db") as database:
        ((trial,),) = database.execute(
            "SELECT trial_id FROM trials JOIN studies USING (study_id) "
            "WHERE study_name = 'plain' AND number = ? AND state = 'COMPLETE'",
            [number],
        )
        database.execute(
            "UPDATE trials SET state = 'RUNNING', datetime_complete = NULL WHERE trial_id = ?",
            [trial],
        )
        database.execute("DELETE FROM trial_values WHERE trial_id = ?", [trial])
        database.execute(
            "DELETE FROM trial_user_attributes WHERE trial_id = ? "
            "AND (key LIKE 'metrics#_%' ESCAPE '#' OR key LIKE '%#_seconds' ESCAPE '#' "
            "OR key = 'host')",
            [trial],
        )
    database.close()


def fold_log(results: Path) -> None:
    """Brings what SQLite may keep in a file of its own into the database."""
    database = sqlite3.connect(results / "studies.db")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def sweep(results: Path, command: str, environment: dict[str, str] | None = None) -> str:
    """Runs a command of `sweep` to its end and returns what it prints."""
    process = start(results, command, environment, stdout=subprocess.PIPE)
    printed: str = process.communicate()[0]
    print(printed)
    return printed


def start(
    results: Path,
    command: str,
    environment: dict[str, str] | None = None,
    stdout: int | None = None,
) -> subprocess.Popen[str]:
    """Starts a command of `sweep`."""
    print(f"$ sweep {command}", flush=True)
    arguments = [*shlex.split(command), "--results", str(results)]
    return subprocess.Popen(
        [sys.executable, "-m", "sweep", *arguments],
        env=os.environ | (environment or {}),
        stdout=stdout,
        text=True,
    )


def wait_for_checkpoints(number: int, trial: Path) -> None:
    """Waits until a trial has so many checkpoints, and had the time to evaluate the last."""
    while len(list((trial / "model").glob("model.ckpt-*.index"))) < number:
        time.sleep(0.1)
    time.sleep(1)


def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """A file without its owner."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    main(Path(sys.argv[1]))
