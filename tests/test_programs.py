"""Programs as people have written them over the years, swept unchanged."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import sweep
from tests.program_data import write_digits
from tests.running import ROOT, SWEEP
from tests.swept_programs import PROGRAMS

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("programs")]


def swept_programs(folder: Path, which: str) -> Path:
    """The results of some of the programs."""
    command = [sys.executable, "-m", "tests.swept_programs", str(folder), which]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return folder / "results"


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return swept_programs(tmp_path_factory.mktemp("usual"), "usual")


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return swept_programs(tmp_path_factory.mktemp("others"), "others")


def trials_of(results: Path, name: str) -> pd.DataFrame:
    if not (results / name).exists():
        pytest.skip("needs cloudml-hypertune")
    return sweep.load_trials(name, results=results)


def assert_swept(trials: pd.DataFrame) -> None:
    assert list(trials["state"]) == ["COMPLETE", "COMPLETE"]
    assert trials["value"].nunique() == 2


@pytest.mark.parametrize("name", ["absl_flags", "epochs_loop"])
def test_each_trial_is_trained_with_its_flags_and_has_its_value(usual: Path, name: str) -> None:
    assert_swept(trials_of(usual, name))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["tf_app_flags", "premade_csv", "keras_hypertune", "several_words", "task"]
)
def test_so_it_is_with_programs_of_other_kinds(others: Path, name: str) -> None:
    assert_swept(trials_of(others, name))


def test_the_evaluations_of_a_loop_are_told_apart_by_their_names(usual: Path) -> None:
    (first, *_) = trials_of(usual, "epochs_loop").to_dict("records")
    assert first["value"] == first["metrics_val/acc"] == first["metrics_acc"]
    assert first["metrics_train/acc"] != first["metrics_val/acc"]
    curve = sweep.load_curves("epochs_loop", results=usual)
    steps = curve[curve["trial"] == 0]["step"]
    assert list(steps) == [first["metrics_global_step"] // 2, first["metrics_global_step"]]


def test_a_training_that_fails_is_no_success_though_its_program_catches_that(usual: Path) -> None:
    trials = trials_of(usual, "catches")
    assert list(trials["state"]) == ["FAIL", "FAIL"]
    assert all(trials["failure"].str.startswith("exception: InvalidArgumentError: "))


@pytest.mark.slow
def test_what_a_program_reports_by_hypertune_is_its_value(others: Path) -> None:
    trials = trials_of(others, "keras_hypertune")
    assert list(trials["value"]) == list(trials["metrics_val_accuracy"])


def test_a_program_that_clears_its_folder_goes_on_from_its_checkpoint(usual: Path) -> None:
    trials = trials_of(usual, "deletes_first")
    assert list(trials["state"]) == ["PRUNED", "PRUNED", "COMPLETE"]
    log = (usual / "deletes_first" / "trial-0002" / "log.txt").read_text()
    assert "put back the checkpoint that it continues from" in log
    assert "Restoring parameters from" in log
    assert not (usual / "deletes_first" / "trial-0002" / "held").exists()


@pytest.mark.slow
def test_what_a_programs_exporters_write_lies_in_its_trials_folder(others: Path) -> None:
    assert list((others / "premade_csv").glob("trial-000?/model/export/best/*/saved_model.pb"))


def mnist(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Sweeps the program of 2018 by its flags, with rungs."""
    program = ["run", str(PROGRAMS / "mnist_2018.py"), "--metric", "accuracy"]
    flags = ["--vary", "learning-rate=1e-3..1e-1:log", "--vary", "hidden-units=32,64"]
    how = ["--trials", "4", "--rungs", "2", "--reduction-factor", "2", "--seed", "1", *arguments]
    own = ["--", "--data-file", "digits.npz", "--train-steps", "400", "--job-dir", "{model_dir}"]
    command = [*SWEEP, *program, *flags, *how, *own]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_digits(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_a_program_of_2018_is_swept_in_rungs_killed_continued_and_exported(folder: Path) -> None:
    killed = mnist(folder)
    while not any(folder.glob("results/mnist_2018/trial-*/model/checkpoint")):
        time.sleep(0.1)
        assert killed.poll() is None
    killed.send_signal(signal.SIGKILL)
    killed.communicate()

    output, _ = mnist(folder).communicate()
    assert "was left running by a sweep that died" in output
    trials = sweep.load_trials("mnist_2018", results=folder / "results")
    complete = trials[trials["state"] == "COMPLETE"]
    assert set(trials["state"]) == {"PRUNED", "COMPLETE"}
    assert set(complete["metrics_global_step"]) == {400}
    assert complete["value"].max() > 0.9

    export = [*SWEEP, "export", "mnist_2018", "exported"]
    exported = subprocess.run(export, cwd=folder, capture_output=True, text=True, check=False)
    assert exported.stdout.startswith("Trial "), exported.stderr
    loads = "import tensorflow as tf; print(*sorted(tf.saved_model.load('exported').signatures))"
    loaded = subprocess.run(
        [sys.executable, "-c", loads], cwd=folder, capture_output=True, text=True, check=True
    )
    assert loaded.stdout == "classify serving_default\n"
