"""Trainings cut into legs, by real Estimators: they continue exactly where they stopped."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import tensorflow as tf

import sweep
from tests.running import run_sweep

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow, pytest.mark.xdist_group("legs")]

STUDY = str(Path(__file__).with_name("legs.py"))
FIXED = ("--param", "learning_rate=0.1,throttled=False")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same training whole, on rungs that end at 10, 20 and 40, and to 60 by an extension."""
    results = tmp_path_factory.mktemp("legs")
    common = ["--results", str(results), "--jobs", "2", "--evaluate-every", "10"]
    rungs = ["--rungs", "3", "--reduction-factor", "2"]
    for command, name, options in (
        ("run", "whole", ["--trials", "1", *FIXED]),
        ("run", "legs", ["--trials", "4", "--duplicates", "allow", *FIXED, *rungs]),
        ("extend", "legs", ["--max-steps", "60"]),
    ):
        ended = run_sweep(command, STUDY, "--name", name, *options, *common)
        assert ended.returncode == 0, ended.stderr
    return results


def load(results: Path, study: str) -> pd.DataFrame:
    return sweep.load_trials(study, results=results)


def curve(results: Path, study: str, trial: int) -> dict[int, float]:
    curves = sweep.load_curves(study, results=results)
    chosen = curves[curves["trial"] == trial]
    return dict(zip(chosen["step"], chosen["value"], strict=True))


def exported(results: Path, study: str, trial: int) -> str:
    notes = results / f"{study}/trial-{trial:04d}/model/export/noted"
    return notes.read_text() if notes.exists() else ""


def last_leg(results: Path) -> int:
    trials = load(results, "legs")
    return int(trials.loc[trials["metrics_global_step"] == 40, "number"].iloc[0])


def test_a_training_in_legs_has_the_losses_of_one_in_one_go(results: Path) -> None:
    whole = curve(results, "whole", 0)
    assert list(whole) == [10, 20, 30, 40]
    assert curve(results, "legs", last_leg(results)) == pytest.approx(whole, rel=1e-6)


def test_a_decay_by_global_step_goes_on(results: Path) -> None:
    whole = load(results, "whole")["metrics_learning_rate"].iloc[0]
    legs = load(results, "legs").set_index("number")["metrics_learning_rate"]
    assert legs[last_leg(results)] == pytest.approx(whole, rel=1e-6)


def test_an_extension_goes_beyond_max_steps(results: Path) -> None:
    longest = load(results, "legs").iloc[-1]
    assert (longest["state"], longest["metrics_global_step"]) == ("COMPLETE", 60)
    assert longest["continues"] == last_leg(results)
    losses = curve(results, "legs", int(longest["number"]))
    assert list(losses) == [10, 20, 30, 40, 50, 60]
    assert losses[60] < losses[40]


def test_the_event_files_of_the_last_leg_tell_of_the_whole_training(results: Path) -> None:
    folder = results / f"legs/trial-{last_leg(results):04d}/model"
    steps = {
        event.step
        for file in folder.glob("events.out.tfevents.*")
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
        if value.tag == "loss"
    }
    assert min(steps) <= 1
    assert max(steps) > 20


def test_exporters_run_where_one_training_in_one_go_would_have_run_them(results: Path) -> None:
    last = last_leg(results)
    before = load(results, "legs").set_index("number")["continues"][last]
    legs = {"whole": [0], "legs": [int(before), last]}
    notes = {study: [exported(results, study, leg) for leg in legs[study]] for study in legs}
    assert notes == {
        "whole": ["10 False\n20 False\n30 False\n40 True\n"],
        "legs": ["", "30 False\n40 True\n"],
    }


def test_a_checkpoint_without_one_of_the_variables_is_no_page_of_tensorflows(
    tmp_path: Path,
) -> None:
    study, source = tmp_path / "legs.py", Path(STUDY).read_text()
    place = ["--results", str(tmp_path / "results")]
    study.write_text(source)
    assert run_sweep("run", str(study), "--trials", "1", *FIXED, *place).returncode == 0
    study.write_text(source.replace("layers.dense(features,", "layers.dense(1 + hidden(features),"))
    with study.open("a") as file:
        file.write(
            "\n\ndef hidden(x):\n    return tf.compat.v1.layers.dense(x, 1, name='hidden')\n"
        )
    run_sweep("extend", str(study), "--max-steps", "60", *place)
    failure = load(tmp_path / "results", "legs")["failure"].iloc[-1]
    assert failure == (
        "mismatch: the model has hidden/bias with these params, but the checkpoint to "
        "continue does not: leave params that change the model's variables out of --explore"
    )


@pytest.mark.parametrize(("throttled", "evaluations"), [(False, 10), (True, 2)])
def test_a_pruner_has_ten_evaluations_unless_the_study_throttles_them(
    tmp_path: Path, throttled: bool, evaluations: int
) -> None:
    fixed = f"learning_rate=0.1,throttled={throttled}"
    ended = run_sweep(
        *("run", STUDY, "--results", str(tmp_path), "--trials", "1", "--pruner", "median"),
        *("--param", fixed),
    )
    assert ended.returncode == 0, ended.stderr
    assert len(curve(tmp_path, "legs", 0)) == evaluations
