"""The database's journal: commits survive their process, and readers disturb nothing."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import optuna
import pytest

from sweep.storage.database import open_for_sweep
from tests.processes import Program, wait_until

COMMITS = """
import sys
from optuna.study import StudyDirection
from sweep.storage.database import open_for_sweep
storage = open_for_sweep(sys.argv[1])
study = storage.create_new_study([StudyDirection.MINIMIZE], "study")
trial = storage.create_new_trial(study)
for number in range(100_000):
    storage.set_trial_user_attr(trial, f"attr {number}", number)
    print(number, flush=True)
"""
PICKLES = """
import sys
def refuse(event, arguments):
    if event == "pickle.find_class":
        print("unpickled", *arguments)
sys.addaudithook(refuse)
from sweep.cli import main
for command in (["list"], ["show", "study"], ["best", "study"]):
    main([*command, *sys.argv[1:]], standalone_mode=False)
"""


def is_intact(database: Path) -> bool:
    connection = sqlite3.connect(database)
    try:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    finally:
        connection.close()


@pytest.mark.parametrize("n_commits", [1, 20, 100])
def test_what_was_committed_outlives_a_killed_process(tmp_path: Path, n_commits: int) -> None:
    database = tmp_path / "studies.db"
    url = f"sqlite:///{database}"
    writer = subprocess.Popen(
        [sys.executable, "-c", COMMITS, url], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    for _ in range(n_commits):
        writer.stdout.readline()
    writer.kill()
    rest = writer.communicate()[0].splitlines()
    assert is_intact(database)
    (trial,) = optuna.load_study(study_name="study", storage=open_for_sweep(url)).trials
    n_printed = n_commits + len(rest)
    assert len(trial.user_attrs) in (n_printed, n_printed + 1), "the last may be unsaid yet"


@pytest.fixture
def dashboard(results: Path) -> Iterator[str]:
    """The address of an optuna-dashboard on the sweep's database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = ["optuna-dashboard", f"sqlite:///{results}/studies.db", "--port", str(port)]
    process = subprocess.Popen(
        [Path(sys.executable).with_name(command[0]), *command[1:]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield address
    process.terminate()
    process.wait()


@pytest.mark.slow
def test_a_dashboard_that_polls_all_the_time_disturbs_nothing(
    program: Callable[..., Program], results: Path, dashboard: str
) -> None:
    running = program(12, "pause")
    running.read_until("ended 0 ")
    assert wait_until(lambda: _poll(dashboard) is not None)
    seen = {0}
    deadline = time.monotonic() + 60
    while max(seen) < 12 and time.monotonic() < deadline:
        answer = _poll(dashboard)
        assert answer is not None
        seen.add(sum(trial["state"] == "Complete" for trial in answer["trials"]))
    code, _, errors = running.end()
    assert (code, errors) == (0, "")
    assert len(seen) > 3, "it was read while it was written"
    assert is_intact(results / "studies.db")


def _poll(dashboard: str) -> dict[str, list[dict[str, str]]] | None:
    try:
        with urllib.request.urlopen(f"{dashboard}/api/studies/1?after=0") as response:
            answer: dict[str, list[dict[str, str]]] = json.load(response)
            return answer
    except OSError:
        return None


def test_reading_a_study_unpickles_nothing(
    sweep: Callable[..., optuna.Study], results: Path
) -> None:
    sweep(n_trials=2)
    ended = subprocess.run(
        [sys.executable, "-c", PICKLES, "--results", str(results)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Trial " in ended.stdout
    assert "unpickled" not in ended.stdout
