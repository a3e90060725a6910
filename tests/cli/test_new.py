"""`sweep new`: what it writes is a study that runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import sweep
from sweep.cli import main
from tests.program_data import write_digits
from tests.running import ROOT

PROGRAMS = ROOT / "tests/programs"
OLD = PROGRAMS / "mnist_2018.py"


WRITTEN = ("example", "mnist_2018", "absl_flags")
SWEEP_ALL = """
import sys, sweep
if __name__ == "__main__":
    for study in sys.argv[1:]:
        sweep.run(study, n_trials=1, n_jobs=1, results="results")
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def new(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["new", *map(str, arguments)])


@pytest.mark.slow
@pytest.mark.tensorflow
def test_what_is_written_sweeps_as_it_is(tmp_path: Path) -> None:
    data = str(write_digits(tmp_path))
    new("example")
    new("mnist_2018", "--from", OLD, "--", "--data-file", data, "--train-steps=20")
    new("absl_flags", "--from", PROGRAMS / "absl_flags.py", "--", "--train_steps=20")
    ended = subprocess.run(  # one process, which imports TensorFlow once
        [sys.executable, "-c", SWEEP_ALL, *WRITTEN],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for name in WRITTEN:
        trials = sweep.load_trials(name, results=tmp_path / "results")
        assert list(trials["state"]) == ["COMPLETE"]
        assert trials["metrics_accuracy"].notna().all()


def test_a_new_study_is_told_with_what_comes_next() -> None:
    written = new("my_study")
    assert (written.exit_code, written.stderr) == (0, "")
    assert written.stdout == (
        "Wrote studies/my_study.py, a study that runs as it is. Edit it to make it yours.\n\n"
        "Next:\n"
        "  sweep check my_study  check it, and see what a sweep would cost\n"
        "  sweep run my_study    run all of its trials\n"
    )


def test_a_new_study_of_a_program_is_told_with_what_varies() -> None:
    written = new("old.py", "--from", OLD)
    assert (written.exit_code, written.stderr) == (0, "")
    assert written.stdout == (
        f"Wrote old.py, a sweep of {OLD} over learning-rate, batch-size, hidden-units, dropout.\n\n"
        "Next:\n"
        "  sweep check old.py  check it, and see what a sweep would cost\n"
        "  sweep run old.py    run all of its trials\n"
    )


def test_a_module_is_read_where_its_package_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROGRAMS)
    study = tmp_path / "census.py"
    written = new(study, "-m", "trainer.task", "--metric", "auc", "--", "--train-files", "a", "b")
    assert written.stdout.splitlines()[:2] == [
        f"Wrote {study}, a sweep of trainer.task over train-batch-size, learning-rate, "
        "optimizer, first-layer-size, num-layers, dropout.",
        "Fill in the flags that trainer.task requires: eval-files.",
    ]
    text = study.read_text()
    assert '        module="trainer.task",\n' in text
    assert '    metric="auc",  # or accuracy, loss\n    direction="maximize",\n' in text


def test_nothing_that_varies_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "task.py").write_text("p.add_argument('--steps', type=int, default=10)\n")
    written = new("study.py", "--from", "task.py")
    assert written.stdout.startswith(
        "Wrote study.py, a sweep of task.py.\n"
        "None of its flags looks like a hyperparameter: name some in search_space.\n"
    )


def test_what_is_there_already_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("mine")
    refused = new("mine.py")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == "sweep: mine.py exists already: choose another name, or remove it.\n"
    assert (tmp_path / "mine.py").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["my study"],
            "A study's name becomes a folder: 'my study' must be 1 to 80 characters of A-Z, "
            "a-z, 0-9, '.', '_' and '-', and must not start with '.'.",
        ),
        (
            ["numpy"],
            "studies/numpy.py would hide the module numpy: choose another name.",
        ),
        (
            ["x", "--metric", "accuracy"],
            "--metric, --direction and arguments after -- belong to a program, but none is named: "
            "name one, as in `sweep new x --from trainer/task.py`.",
        ),
        (["x", "--from", "gone.py"], "There is no program gone.py: give the path of its file."),
        (
            ["x", "--from", "task.py", "--metric", "widgets"],
            "It is unknown whether a large widgets is good or bad: give --direction maximize or "
            "--direction minimize.",
        ),
    ],
)
def test_what_cannot_be_written_is_refused(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    refused = new(*arguments)
    assert (refused.exit_code, refused.stderr) == (2, f"sweep: {message}\n")
    assert not (tmp_path / "studies").exists()
