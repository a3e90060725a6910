"""`sweep run` as a person meets it: real studies, real Estimators, a real terminal's signals."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from subprocess import CompletedProcess

import optuna
import pandas as pd
import pytest

import sweep
from tests.running import ROOT, SWEEP, run_sweep

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("run")]

REEVALUATE = """
import json, sys
from pathlib import Path
from sweep.study.files import find_study
from sweep.study.loader import load_study_file
spec = load_study_file(find_study("digits_mlp")).spec
import tensorflow as tf
for folder in map(Path, sys.argv[1:]):
    params = json.loads((folder / "params.json").read_text())["params"]
    config = tf.estimator.RunConfig(model_dir=str(folder / "model"))
    estimator, _, eval_spec = spec.build(params, config)
    print(estimator.evaluate(eval_spec.input_fn)["accuracy"])
"""


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with three trials of the default study."""
    results = tmp_path_factory.mktemp("digits")
    ended = _run_digits(results)
    assert ended.returncode == 0, ended.stderr
    return results


def test_a_checkpoint_evaluated_again_gives_the_value_that_the_study_records(
    digits: Path,
) -> None:
    trials = sweep.load_trials("digits_mlp", results=digits)
    folders = [str(Path(model_dir).parent) for model_dir in trials["model_dir"]]
    ended = subprocess.run(
        [sys.executable, "-c", REEVALUATE, *folders], cwd=ROOT, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert [float(line) for line in ended.stdout.split()] == pytest.approx(list(trials["value"]))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_params_and_values(digits: Path, tmp_path: Path) -> None:
    _run_digits(tmp_path)
    first, second = (sweep.load_trials("digits_mlp", results=r) for r in (digits, tmp_path))
    same = first.columns[first.columns.str.match("params_|value|seed|metrics_")]
    pd.testing.assert_frame_equal(first[same], second[same])
    assert first["params_learning_rate"].nunique() == 3


def test_every_evaluation_is_an_intermediate_value(digits: Path) -> None:
    study = optuna.load_study(study_name="digits_mlp", storage=f"sqlite:///{digits / 'studies.db'}")
    for trial in study.trials:
        assert list(trial.intermediate_values) == [125, 250, 375, 500]
        assert trial.value == trial.intermediate_values[500]


def test_the_same_command_again_does_nothing_and_says_so(digits: Path) -> None:
    before = sweep.load_trials("digits_mlp", results=digits)
    ended = _run_digits(digits)
    assert ended.returncode == 0
    assert "Study digits_mlp already has its 3 trials: there is nothing to do." in ended.stdout
    pd.testing.assert_frame_equal(before, sweep.load_trials("digits_mlp", results=digits))


@pytest.mark.slow
def test_off_a_terminal_a_line_for_each_trial_is_all_that_a_sweep_says(tmp_path: Path) -> None:
    ended = run_sweep("run", "--trials", "2", "--jobs", "2", "--results", str(tmp_path))
    assert ended.stderr == ""
    lines, _, ending = ended.stdout.partition("\n\n")
    assert len(lines.splitlines()) == 2
    assert all(line.startswith("trial ") for line in lines.splitlines())
    for said in (
        "The study has 2 trials: 2 complete.",
        "Best trial: ",
        "model_dir",
        "sweep show digits_mlp",
    ):
        assert said in ending


@pytest.mark.slow
def test_only_the_best_trials_keep_their_checkpoints_when_asked_to(tmp_path: Path) -> None:
    options = ["--trials", "2", "--keep", "1", "--results", str(tmp_path)]
    ended = run_sweep("run", *options)
    assert (ended.returncode, ended.stderr) == (0, "")
    best = sweep.load_trials("digits_mlp", results=tmp_path)["value"].idxmax()
    (kept,) = (tmp_path / "digits_mlp").glob("trial-*/model/checkpoint")
    assert kept.parts[-3] == f"trial-{best:04d}"


@pytest.mark.slow
def test_an_interrupted_trial_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    study = tmp_path / "long.py"
    study.write_text(_with_steps(2000))
    arguments = ["run", str(study), "--trials", "2", "--jobs", "2"]
    arguments += ["--results", str(tmp_path / "results")]
    sweeping = subprocess.Popen([*SWEEP, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    _wait_for_checkpoint(tmp_path / "results" / "long")
    sweeping.send_signal(signal.SIGINT)
    output, _ = sweeping.communicate(timeout=60)
    assert sweeping.returncode == 130
    assert "interrupted, continues later" in output
    trials = sweep.load_trials("long", results=tmp_path / "results")
    assert set(trials["state"]) <= {"WAITING", "COMPLETE"}
    assert "WAITING" in set(trials["state"])

    assert run_sweep(*arguments).returncode == 0
    trials = sweep.load_trials("long", results=tmp_path / "results")
    assert list(trials["state"]) == ["COMPLETE", "COMPLETE"]
    continued = trials[trials["attempts"] == 2].iloc[0]
    result = json.loads((Path(continued["model_dir"]).parent / "result.json").read_text())
    first_evaluation = result["evaluations"][0]["step"]
    assert 125 < first_evaluation <= 2000
    assert result["evaluations"][-1]["step"] == 2000


@pytest.mark.slow
def test_a_file_whose_name_no_study_can_have_needs_another_name(tmp_path: Path) -> None:
    study = tmp_path / "数字.py"
    study.write_text((ROOT / "studies/digits_mlp.py").read_text())
    ended = run_sweep("run", study, "--results", tmp_path / "results")
    assert ended.returncode == 2
    assert ended.stderr == (
        "sweep: A study's name becomes a folder: '数字' must be 1 to 80 characters of A-Z, a-z, "
        "0-9, '.', '_' and '-', and must not start with '.'. Give it another name with --name.\n"
    )


@pytest.mark.slow
def test_a_study_that_starts_the_runtime_is_spawned_with_a_warning(tmp_path: Path) -> None:
    study = tmp_path / "eager.py"
    study.write_text(_with_steps(125) + "\ntf.constant(1.0) + 1\n")
    ended = run_sweep("run", str(study), "--trials", "1", "--results", str(tmp_path / "results"))
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == (
        f"{study} starts TensorFlow's runtime while it is loaded. Trials can therefore not be "
        "forked, and each spends some seconds importing TensorFlow. Move code that computes "
        "tensors or opens sessions into `build` or an input_fn.\n"
    )


def _run_digits(results: Path) -> CompletedProcess[str]:
    options = ["--trials", "3", "--jobs", "1", "--seed", "7", "--results", str(results)]
    return run_sweep("run", *options)


def _with_steps(max_steps: int) -> str:
    """The default study with another number of steps."""
    text = (ROOT / "studies" / "digits_mlp.py").read_text()
    assert "MAX_STEPS = 500" in text
    return text.replace("MAX_STEPS = 500", f"MAX_STEPS = {max_steps}")


def _wait_for_checkpoint(study: Path) -> None:
    deadline = time.monotonic() + 60
    while not list(study.glob("trial-*/model/model.ckpt-250.index")):
        assert time.monotonic() < deadline, "no checkpoint was written"
        time.sleep(0.05)
