"""`sweep check` as a person runs it: the screen, the exit codes, and what it leaves."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.processes import wait_until
from tests.running import ROOT, SWEEP, run_sweep

pytestmark = pytest.mark.tensorflow

SCREEN = """\
digits_mlp: maximize accuracy. A sweep can start.

seconds share
process and imports # #%
build # #%
graph, session # #%
500 steps # #%
4 evaluations # #%
exports, end # #%
a trial #

measured a whole trial; another, with other params, takes # s
the sweep 20 trials, 1 at a time: about #, including # s of imports
evaluations every 125 steps (# s), 4 per trial; a pruner could act on 3
disk # kB per trial (5 checkpoints of # kB, # kB of events); # MB for the sweep, of # free
training data left in the graph, because it has 0.4 MB of constants
evaluation data left in the graph, because it has 0.1 MB of constants
params change the graph: learning_rate, units_0
same seed two trainings agree to the last bit, up to step 500
"""
LOOP = ["--vary", "lr=0.003..0.03", "--metric", "val/acc", "--direction", "maximize"]
LOOP_ARGUMENTS = ["--", "--model_dir={model_dir}", "--epochs=1000"]


def numbers_left_out(text: str) -> str:
    """The screen without what differs from run to run, and without how it is laid out."""
    measured = re.sub(r"(?<=about )[\d.]+ (s|min \d+ s)|(?<=of )[\d.]+ [kMGT]B(?= free)", "#", text)
    lines = [
        re.sub(r"\d+\.\d+(?= |$)(?! MB of const)|\d+(?=%| kB| MB for)", "#", line)
        for line in measured.splitlines()
    ]
    return "".join(f"{' '.join(line.split())}\n" for line in lines).replace("#.#", "#")


@pytest.mark.slow
def test_one_screen_says_what_a_sweep_would_be(tmp_path: Path) -> None:
    held = ["--param", "batch_size=32,layers=1", "--jobs", "1"]
    ended = run_sweep("check", "digits_mlp", *held, "--results", tmp_path / "results")
    assert (ended.returncode, ended.stderr) == (0, "")
    unfolded = re.sub(r"\n {10,}(?=\S)(?!seconds)", " ", ended.stdout)
    assert numbers_left_out(unfolded) == SCREEN
    assert list(tmp_path.iterdir()) == []
    assert len(ended.stdout.splitlines()) <= 24


@pytest.mark.slow
def test_a_program_that_loops_is_measured_as_far_as_it_goes(tmp_path: Path) -> None:
    program = ROOT / "tests" / "programs" / "epochs_loop.py"
    results = ["--results", str(tmp_path / "results"), "--json"]
    ended = run_sweep("check", program, *LOOP, *results, *LOOP_ARGUMENTS)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = json.loads(ended.stdout)
    (trial, _) = found["trials"]
    assert trial["timing"]["step"] > 0
    assert (trial["n_steps"], trial["seconds"], found["cost"]["seconds"]) == (None, None, None)
    assert found["agreement"]["differing"] == {}
    assert found["agreement"]["step"] > 0
    assert found["acts"].endswith("rungs cannot, because the program trains in its own loop")
    assert found["params"]["why_not"] == "the program trains in its own loop"
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_swept_is_a_sentence_and_exit_code_2(tmp_path: Path) -> None:
    ended = run_sweep("check", "digits_mlp", "--evaluate-every", "500", "--pruner", "median")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "sweep: MedianPruner could never prune: with an evaluation every 500 steps, a trial "
        "of 500 steps is only evaluated at its end. Evaluate more often, with "
        "--evaluate-every STEPS, or leave the pruner out.\n"
    )


@pytest.mark.slow
def test_an_interrupt_ends_it_and_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    checking = subprocess.Popen(
        [*SWEEP, "check", "digits_mlp", "--results", str(tmp_path / "results")],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert wait_until(lambda: bool(list(scratch.glob("sweep-check-*/trained/*/trial-*"))))
    time.sleep(0.2)
    checking.send_signal(signal.SIGINT)
    assert checking.communicate(timeout=30) == (
        "",
        "sweep: Interrupted by SIGINT before any trial started.\n",
    )
    assert checking.returncode == 130
    assert list(scratch.iterdir()) == []
    assert not processes_with(f"TMPDIR={scratch}")
    assert not (tmp_path / "results").exists()


def processes_with(variable: str) -> list[str]:
    """The processes that have this in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_text(errors="replace").split("\0")
        except OSError:
            continue
        if variable in environment:
            found.append(process.name)
    return found
