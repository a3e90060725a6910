"""What real Estimators survive: kills during a checkpoint, damaged files, a full disk."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import sweep
from tests.disk import SmallDisk
from tests.processes import wait_until
from tests.running import ROOT, SWEEP, run_sweep

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

HEAVY = "tests/heavy.py"
FAULTY = """
from optuna.samplers import RandomSampler
import heavy

class Faulty(RandomSampler):
    def before_trial(self, study, trial):
        if trial.number == 1:
            raise ZeroDivisionError("a fault that nobody foresaw")

STUDY = heavy.StudySpec(
    search_space=heavy.search_space, build=heavy.build, metric="loss", direction="minimize",
    n_trials=3, sampler=Faulty(),
)
"""


class Running:
    """`sweep run tests/heavy.py`, with what it prints."""

    def __init__(self, results: Path, *options: str, mib: int) -> None:
        self.process = subprocess.Popen(
            [*SWEEP, "run", HEAVY, "--results", str(results), *options],
            cwd=ROOT,
            env={**os.environ, "HEAVY_MIB": str(mib)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=150)
        return self.process.returncode, errors


@pytest.fixture
def start(results: Path) -> Iterator[Callable[..., Running]]:
    sweeps: list[Running] = []

    def begin(*options: str, mib: int) -> Running:
        sweeps.append(Running(results, *options, mib=mib))
        return sweeps[-1]

    yield begin
    for running in sweeps:
        running.process.kill()
        running.process.communicate()


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 100
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_trial_killed_in_the_middle_of_a_checkpoint_goes_on_from_the_one_before(
    start: Callable[..., Running], results: Path
) -> None:
    running = start("--jobs", "1", mib=200)
    folder = results / "heavy/trial-0000"
    _wait_for(lambda: (folder / "model/model.ckpt-20.index").exists())
    _wait_for(lambda: any(folder.glob("model/model.ckpt-40_temp/*")))
    os.kill(int((folder / "pid").read_text()), signal.SIGKILL)
    code, errors = running.end()
    assert code == 0, errors
    (trial,) = sweep.load_trials("heavy", results=results).to_dict("records")
    assert (trial["state"], trial["attempts"]) == ("COMPLETE", 2)
    assert trial["lost_attempts"] == ["signal: SIGKILL"]
    result = json.loads((folder / "result.json").read_text())
    steps = [evaluation["step"] for evaluation in result["evaluations"]]
    assert steps == [40, 60], "the first attempt evaluated step 20, and the second began there"


def test_a_broken_checkpoint_is_put_aside_and_counted(
    start: Callable[..., Running], results: Path
) -> None:
    assert start(mib=1).end()[0] == 0
    folder = results / "heavy/trial-0000"
    _leave_running(results)
    data = folder / "model/model.ckpt-60.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:100])
    code, errors = start(mib=1).end()
    assert code == 0, errors
    assert (
        "Trial 0 could not read model.ckpt-60. It continues from an older checkpoint, or starts "
        "over if there is none."
    ) in errors
    (trial,) = sweep.load_trials("heavy", results=results).to_dict("records")
    assert (trial["state"], trial["attempts"]) == ("COMPLETE", 2)
    assert trial["lost_attempts"] == ["broken checkpoint: model.ckpt-60"]
    log = (folder / "log.txt").read_text()
    assert log.count(f"Restoring parameters from {folder}/model/model.ckpt-40") == 2, (
        "once to evaluate it, and once to go on from it"
    )


def test_a_disk_that_is_full_for_a_while_costs_no_trial(
    start: Callable[..., Running], small_disk: SmallDisk, results: Path
) -> None:
    results.symlink_to(small_disk.folder)
    running = start("--jobs", "1", mib=4)
    folder = results / "heavy/trial-0000"
    _wait_for(lambda: (folder / "model/model.ckpt-20.index").exists())
    small_disk.fill()
    notices: list[str] = []
    assert running.process.stderr is not None
    reader = threading.Thread(target=lambda: notices.extend(running.process.stderr or ()))
    reader.start()
    assert wait_until(lambda: any("found the disk full" in line for line in notices))
    small_disk.free()
    assert running.process.wait(100) == 0
    reader.join()
    (trial,) = sweep.load_trials("heavy", results=results).to_dict("records")
    assert trial["state"] == "COMPLETE"
    assert trial["metrics_global_step"] == 60


def test_a_fault_of_the_tool_itself_goes_to_a_file(results: Path, tmp_path: Path) -> None:
    study = tmp_path / "faulty.py"
    study.write_text(FAULTY)
    (tmp_path / "heavy.py").write_text((ROOT / HEAVY).read_text())
    ended = run_sweep("run", study, "--results", results, "--jobs", "1")
    assert ended.returncode == 1
    (file,) = (results / "faulty").glob("fault-*.txt")
    assert ended.stderr.splitlines()[-1] == (
        "sweep: The sweep failed with an internal error (ZeroDivisionError). The traceback is in "
        f"{file}. Checkpoints are not lost: run the same command again to continue."
    )
    assert "Traceback" not in ended.stderr
    assert "a fault that nobody foresaw" in file.read_text()


def _leave_running(results: Path) -> None:
    """Has the database say that trial 0 is still running, as a killed sweep would leave it."""
    (results / "heavy/trial-0000/result.json").unlink()
    with sqlite3.connect(results / "studies.db") as connection:
        connection.execute("UPDATE trials SET state = 'RUNNING', datetime_complete = NULL")
        connection.execute("DELETE FROM trial_values")
    connection.close()
