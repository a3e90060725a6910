"""A results folder that version 0.1.0 wrote is read, continued and used; see `make.py`."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import optuna
import pandas as pd
import pytest

import sweep
from tests.before.make import EXPECTED
from tests.running import run_sweep

pytestmark = pytest.mark.tensorflow
in_turn = pytest.mark.xdist_group("before")  # those that share `continued`

HERE = Path(__file__).parent
STUDY = HERE / "study.py"
KILLED, INTERRUPTED, NEVER_BEGUN = 10, 11, 12
REASON = ["--reason", "exception: OSError"]
UNTOLD = 4  # RUNNING, though its result.json says how it has ended


def unpack(into: Path) -> Path:
    with tarfile.open(HERE / "results.tar.xz") as archive:
        archive.extractall(into, filter="data")
    return into / "results"


def run(command: str, *more: str | Path) -> CompletedProcess[str]:
    """Runs a command that is to succeed."""
    ended = run_sweep(*command.split(), *more)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended


def folder(results: Path, study: str, number: int) -> Path:
    return results / study / f"trial-{number:04d}"


def newest_checkpoint(trial: Path) -> int:
    """The step of the checkpoint that a trial's model_dir names as its newest."""
    found = re.search(r'model_checkpoint_path: "model.ckpt-(\d+)"', checkpoints(trial))
    assert found is not None
    return int(found[1])


def checkpoints(trial: Path) -> str:
    return (trial / "model/checkpoint").read_text()


def restored_steps(trial: Path) -> list[int]:
    """The steps of the checkpoints that the trainings in a trial's log began from."""
    log = (trial / "log.txt").read_text()
    return [int(step) for step in re.findall(r"Restoring parameters from \S+ckpt-(\d+)", log)]


def has_checkpoint(trial: Path) -> bool:
    return any((trial / "model").glob("model.ckpt-*.index"))


def trials_of(results: Path, study: str) -> list[optuna.trial.FrozenTrial]:
    return optuna.load_study(study_name=study, storage=f"sqlite:///{results}/studies.db").trials


def ended(trials: pd.DataFrame) -> pd.DataFrame:
    return trials[trials["state"].isin(["COMPLETE", "PRUNED", "FAIL"])]


def assert_same_rows(old: pd.DataFrame, new: pd.DataFrame) -> None:
    """Asserts that `new` says of the trials in `old` what `old` does, wherever they lie."""
    old = old.drop(columns="model_dir")
    there = new[new["number"].isin(old["number"])].reset_index(drop=True)
    expected = old.reset_index(drop=True)
    pd.testing.assert_frame_equal(there[list(expected)], expected, check_dtype=False)


# Read.


SWEPT_IN = "/tmp/before/results"
"""Where the results folder was when it was swept into; its model_dirs are where it is now."""


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder as it was left; nothing here writes to it."""
    return unpack(tmp_path_factory.mktemp("old"))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_command_prints_of_it_what_it_printed_before(old: Path, name: str) -> None:
    printed = run(f"{EXPECTED[name]} --json", "--results", old)
    expected = (HERE / f"expected/{name}.json").read_text()
    here = expected.replace(f"{SWEPT_IN}/", f"{old}/")
    assert (printed.stdout, printed.stderr) == (here, "")


@pytest.mark.parametrize("study", ["plain", "rungs", "population", "heir"])
def test_the_tables_have_what_optuna_has(old: Path, study: str) -> None:
    trials = trials_of(old, study)
    table = sweep.load_trials(study, results=old)
    assert list(table["number"]) == [trial.number for trial in trials]
    assert list(table["state"]) == [trial.state.name for trial in trials]
    values = [np.nan if trial.value is None else trial.value for trial in trials]
    np.testing.assert_array_equal(table["value"], values)
    curves = sweep.load_curves(study, results=old)
    assert list(curves[["trial", "step", "value"]].itertuples(index=False, name=None)) == [
        (trial.number, *report)
        for trial in trials
        for report in sorted(trial.intermediate_values.items())
    ]


# Continued.


@pytest.fixture(scope="module")
def continued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder after `plain`, of 13 trials, was told to have 15."""
    results = unpack(tmp_path_factory.mktemp("continued"))
    run("run --name plain --trials 15 --jobs 1", STUDY, "--results", results)
    return results


@in_turn
@pytest.mark.parametrize("number", [KILLED, INTERRUPTED])
def test_an_unfinished_trial_goes_on_from_its_checkpoint(
    old: Path, continued: Path, number: int
) -> None:
    before, after = (trials_of(results, "plain")[number] for results in (old, continued))
    step = newest_checkpoint(folder(old, "plain", number))
    assert 10 < step < 30
    assert step in restored_steps(folder(continued, "plain", number))
    result = json.loads((folder(continued, "plain", number) / "result.json").read_text())
    assert all(evaluation["step"] > step for evaluation in result["evaluations"])
    assert after.state.name == "COMPLETE"
    assert after.user_attrs["attempts"] == before.user_attrs["attempts"] + 1
    assert after.user_attrs["seed"] == before.user_attrs["seed"]
    assert after.params == before.params
    assert after.intermediate_values.items() > before.intermediate_values.items()
    assert after.intermediate_values[30] == after.value


@in_turn
def test_a_trial_that_was_enqueued_is_run_with_its_params(continued: Path) -> None:
    trial = trials_of(continued, "plain")[NEVER_BEGUN]
    assert (trial.state.name, trial.user_attrs["attempts"]) == ("COMPLETE", 1)
    assert trial.params.items() >= {"loss": "squared", "degree": 4}.items()


@in_turn
def test_a_trial_that_had_ended_is_told_and_not_trained_again(old: Path, continued: Path) -> None:
    assert trials_of(old, "plain")[UNTOLD].state.name == "RUNNING"
    trial = trials_of(continued, "plain")[UNTOLD]
    before, after = (folder(results, "plain", UNTOLD) for results in (old, continued))
    result = json.loads((before / "result.json").read_text())
    assert (trial.state.name, trial.value) == ("COMPLETE", result["metrics"]["error"])
    assert trial.user_attrs["attempts"] == 1
    assert trial.user_attrs["metrics_error"] == trial.value
    for name in ("log.txt", "result.json", "params.json", "model/checkpoint"):
        assert (after / name).read_bytes() == (before / name).read_bytes()


@in_turn
def test_only_what_is_missing_is_added(old: Path, continued: Path) -> None:
    before, after = (sweep.load_trials("plain", results=results) for results in (old, continued))
    assert len(after) == len(ended(after)) == 15
    assert_same_rows(ended(before), after)


@pytest.mark.slow
def test_rungs_go_on_as_the_study_keeps_them(tmp_path: Path) -> None:
    results = unpack(tmp_path)
    before = sweep.load_trials("rungs", results=results)
    bad = ["--enqueue", "learning_rate=0.001,degree=3,loss=squared"]
    bad += ["--enqueue", "learning_rate=0.002,degree=3,loss=squared"]
    run("run --name rungs --trials 6 --jobs 1", STUDY, *bad, "--results", results)
    after = sweep.load_trials("rungs", results=results)
    assert_same_rows(before, after)
    assert list(after["rung"]).count(0) == 6
    new = after[len(before) :]
    assert [(t.state, t.rung) for t in new.itertuples()] == [
        ("PRUNED", 0),
        ("PRUNED", 0),
        ("COMPLETE", 1),
    ]
    promoted = new.iloc[-1]
    paused = before[before["state"] == "PRUNED"].set_index("number")["value"]
    left = paused.drop(before["continues"].dropna())
    assert promoted["continues"] == left.idxmin()
    assert restored_steps(folder(results, "rungs", promoted["number"]))[0] == 15


@pytest.mark.slow
def test_a_population_that_is_done_and_a_study_that_inherited_add_nothing_twice(
    tmp_path: Path,
) -> None:
    results = unpack(tmp_path)
    before = {name: sweep.load_trials(name, results=results) for name in ("population", "heir")}
    run("run --name population", STUDY, "--results", results)
    run("run --name heir --from plain --trials 7", STUDY, "--results", results)
    for name, trials in before.items():
        pd.testing.assert_frame_equal(sweep.load_trials(name, results=results), trials)


# Used.


@pytest.mark.slow
def test_a_model_is_exported_and_taken_up_again(tmp_path: Path) -> None:
    results, exported = unpack(tmp_path), tmp_path / "exported"
    said = run("export --tolerance 1e-5 --name plain", STUDY, exported, "--results", results)
    assert said.stderr == ""  # which would warn of a study file that is not the same any more
    estimator = sweep.load_estimator(STUDY, name="plain", results=results)
    import tensorflow as tf

    x = np.linspace(-1, 1, 5, dtype="float32")
    serve = tf.saved_model.load(str(exported)).signatures["serving_default"]
    rows = estimator.predict(lambda: tf.data.Dataset.from_tensors({"x": x}))
    assert serve(x=tf.constant(x))["y"].numpy() == pytest.approx([row["y"] for row in rows])


def test_cleaning_leaves_the_best_and_what_is_to_be_continued(tmp_path: Path) -> None:
    results = unpack(tmp_path)
    trials = sweep.load_trials("plain", results=results)
    with_checkpoints = {n for n in trials["number"] if has_checkpoint(folder(results, "plain", n))}
    run("clean plain --keep 1 --yes", "--results", results)
    best = trials["value"].where(trials["state"] == "COMPLETE").idxmin()
    kept = {n for n in trials["number"] if has_checkpoint(folder(results, "plain", n))}
    assert kept == {best, UNTOLD, KILLED, INTERRUPTED} < with_checkpoints
    run("clean rungs --keep 0 --yes", "--results", results)


@in_turn
@pytest.mark.slow
def test_a_failed_trial_is_tried_again_once(continued: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    shutil.copytree(continued, results)
    before = sweep.load_trials("plain", results=results)
    failed = before[before["failure"] == "exception: OSError: the points are away"]["number"]
    assert set(before["retry_of"].dropna()) < set(failed)
    run("retry --name plain --jobs 1", STUDY, *REASON, "--results", results)
    after = sweep.load_trials("plain", results=results)
    assert_same_rows(before, after)
    (new,) = after[len(before) :].itertuples()
    assert (new.state, new.attempts) == ("COMPLETE", 1)
    assert sorted(after["retry_of"].dropna()) == list(failed)
