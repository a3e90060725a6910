"""Studies checked for real: what is found out, and which files remain."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import optuna
import pytest

from sweep.errors import SweepError
from sweep.flow.checking import idle_params
from sweep.flow.checking.check import check_study
from sweep.flow.checking.checked import Checked
from sweep.flow.options import Options
from sweep.storage.url import storage_url
from sweep.study.loader import load_study_file

STUDY = """\
import os, time
import numpy as np
import tensorflow as tf
from sweep import StudySpec, TrialSpec

x = np.linspace(0, 1, 700_000, dtype="float32")

class Stopping(tf.estimator.SessionRunHook):
    def __init__(self, patience):
        self.patience = patience

def search_space(trial):
    params = {
        "rate": trial.suggest_float("rate", 0.01, 0.1),
        "batch_size": trial.suggest_categorical("batch_size", [4, 8]),
        "scale": trial.suggest_float("scale", 1, 2),
        "patience": trial.suggest_int("patience", 1, 9),
        "forgotten": trial.suggest_int("forgotten", 1, 9),
        "optimizer": trial.suggest_categorical("optimizer", ["sgd", "momentum"]),
    }
    if params["optimizer"] == "momentum":
        params["momentum"] = trial.suggest_float("momentum", 0.5, 0.9)
    return params

def model_fn(features, labels, mode, params):
    weight = tf.compat.v1.get_variable("weight", [], initializer=tf.zeros_initializer())
    loss = tf.reduce_mean((features * weight - labels) ** 2)
    $metric
    if params["optimizer"] == "momentum":
        optimizer = tf.compat.v1.train.MomentumOptimizer(params["rate"], params["momentum"])
    else:
        optimizer = tf.compat.v1.train.GradientDescentOptimizer(params["rate"])
    with tf.control_dependencies([$wait]):
        step = tf.compat.v1.train.get_global_step()
        train_op = optimizer.minimize(loss, global_step=step)
    return tf.estimator.EstimatorSpec(
        mode, loss=loss, train_op=train_op, eval_metric_ops={"error": error}
    )

def build(params, config):
    def input_fn():
        dataset = tf.data.Dataset.from_tensor_slices((x, params["scale"] * x))
        return dataset$repeat.batch(params["batch_size"])

    def eval_input_fn():
        return tf.data.Dataset.from_tensor_slices((x[:16], x[:16])).batch(8)

    return TrialSpec(
        tf.estimator.Estimator(model_fn, config=config, params=params),
        tf.estimator.TrainSpec(input_fn, max_steps=$max_steps, hooks=$hooks),
        tf.estimator.EvalSpec(eval_input_fn$evaluation),
    )

STUDY = StudySpec(
    search_space=search_space, build=build, metric="$name", direction="minimize", n_trials=6,
    save_checkpoints_steps=$every,
)
"""
USUAL = {
    "metric": "error = tf.compat.v1.metrics.mean(loss)",
    "wait": "",
    "repeat": "",
    "max_steps": "40",
    "hooks": '[Stopping(params["patience"])]',
    "evaluation": ", start_delay_secs=0, throttle_secs=0",
    "name": "error",
    "every": "10",
}
FIXED: dict[str, Any] = {
    **{"rate": 0.05, "batch_size": 4, "scale": 1.5},
    **{"patience": 1, "forgotten": 1, "optimizer": "sgd"},
}
found_at_once = pytest.mark.xdist_group("check_study")


def check(folder: Path, options: dict[str, Any] | None = None, **parts: str) -> Checked:
    """Checks the study with these parts, in place of what it usually has."""
    file = folder / "study.py"
    file.write_text(Template(STUDY).substitute(USUAL | parts))
    given = Options(**{"results": folder / "results", "n_jobs": 2, "seed": 1, **(options or {})})
    return check_study(load_study_file(file), given.anchored(), lambda what: None)


@pytest.fixture(scope="module", autouse=True)
def _much_time() -> Iterator[None]:
    """Lets params be tried for as long as that takes on a busy machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(idle_params, "MOST_SECONDS", 100.0)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database in which the study has two trials of its six."""
    folder = tmp_path_factory.mktemp("check")
    (folder / "results").mkdir()
    url = storage_url(folder / "results")
    study = optuna.create_study(storage=url, study_name="study")
    for _ in range(2):
        study.ask()
    return folder


@pytest.fixture(scope="module")
def checked(folder: Path) -> Checked:
    """What a check of it finds, which writes nothing and leaves nothing."""
    scratch = folder / "scratch"
    scratch.mkdir()
    before = tree(folder / "results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(scratch))
        found = check(folder)
    assert tree(folder / "results") == before
    assert list(scratch.iterdir()) == []
    return found


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@found_at_once
def test_params_that_no_graph_depends_on_are_named(checked: Checked) -> None:
    assert set(checked.params.idle) == {"patience", "forgotten"}
    assert checked.params.idle["forgotten"] > 1


@found_at_once
def test_params_count_that_are_there_for_some_trials_alone_or_change_data_that_is_lifted(
    checked: Checked,
) -> None:
    assert set(checked.params.active) == {"rate", "batch_size", "scale", "optimizer", "momentum"}
    assert (checked.params.why_not, checked.params.not_tried) == (None, [])


@found_at_once
def test_a_trial_that_is_short_is_trained_to_its_end(checked: Checked) -> None:
    trial = checked.trials[0]
    assert (trial.n_trained, trial.n_steps, trial.n_evaluations) == (40, 40, 4)
    assert trial.seconds is not None
    timing = trial.timing
    assert timing.evaluation is not None
    parts = (timing.process, timing.build, timing.graph, 40 * timing.step, 4 * timing.evaluation)
    assert sum(parts) + timing.end == pytest.approx(trial.seconds)


@found_at_once
def test_a_sweep_costs_what_its_missing_trials_do(checked: Checked) -> None:
    assert checked.cost.n_trials == 4
    assert checked.cost.seconds is not None
    seconds = [trial.seconds or 0.0 for trial in checked.trials]
    work = 4 * sum(seconds) / len(seconds)
    assert checked.cost.seconds == pytest.approx(checked.cost.loading + work / 2)


@found_at_once
def test_evaluations_are_known_and_what_could_act_on_them(checked: Checked) -> None:
    assert (checked.evaluations.every_steps, checked.evaluations.n) == (10, 4)
    assert (checked.acts, checked.can_act) == ("a pruner could act on 3", True)


@found_at_once
def test_the_disk_holds_what_a_trial_keeps_for_every_trial(checked: Checked) -> None:
    disk = checked.disk
    assert disk.n_checkpoints == 5
    assert 5 * disk.checkpoint < disk.trial == disk.sweep / 4
    assert disk.is_enough


@found_at_once
def test_it_is_said_of_both_inputs_what_becomes_of_their_arrays(checked: Checked) -> None:
    training, evaluation = checked.arrays
    assert (training.purpose, training.n_bytes, training.why_not) == ("training", 5_600_000, None)
    assert (evaluation.purpose, evaluation.n_bytes) == ("evaluation", 0)
    assert evaluation.why_not == "it has 0.0 MB of constants"


@found_at_once
def test_trainings_of_one_seed_that_agree_are_said_to(checked: Checked) -> None:
    assert checked.agreement is not None
    assert (checked.agreement.step, checked.agreement.differing) == (40, {})
    assert checked.notices == ()


@pytest.mark.slow
def test_trainings_of_one_seed_that_differ_are_shown_and_no_param_is_judged_by_graphs_that_do(
    tmp_path: Path,
) -> None:
    by_chance = "error = tf.compat.v1.metrics.mean(loss + float(os.urandom(1)[0]))"
    checked = check(tmp_path, {"fixed": FIXED}, metric=by_chance)
    assert checked.agreement is not None
    assert checked.agreement.differs_at == 10
    assert list(checked.agreement.differing) == ["error"]
    assert len(set(checked.agreement.differing["error"])) == 2
    assert checked.params.why_not == "its graphs differ each time they are built"
    assert checked.params.idle == {}


@pytest.mark.slow
def test_a_long_training_is_cut_and_its_cost_is_worked_out(tmp_path: Path) -> None:
    wait = "tf.numpy_function(lambda: np.float32(time.sleep(0.05) or 0), [], tf.float32)"
    checked = check(
        tmp_path, {"fixed": FIXED}, wait=wait, max_steps="10_000", evaluation="", every="100"
    )
    trial = checked.trials[0]
    assert 40 < trial.n_trained < 200
    assert trial.n_steps == 10_000
    assert trial.seconds == pytest.approx(10_000 * 0.05, rel=0.3)
    assert checked.agreement is not None
    assert (checked.agreement.step, checked.agreement.differing) == (trial.n_trained, {})
    assert checked.evaluations.n == 2, (
        "at its first checkpoint, and after its throttle_secs: its end"
    )
    assert checked.disk.n_checkpoints == 5


@pytest.mark.parametrize(
    ("parts", "options", "sentence"),
    [
        (
            {"every": "40"},
            {"pruner": "median"},
            "MedianPruner could never prune: with an evaluation every 40 steps, a trial of "
            "40 steps is only evaluated at its end. Evaluate more often, with "
            "--evaluate-every STEPS, or leave the pruner out.",
        ),
        (
            {"max_steps": "None", "hooks": "[]", "repeat": ".repeat()"},
            {},
            "{file}, line 41: the training would never end, because this input_fn repeats "
            "its data without end: give TrainSpec(max_steps=…), or leave out .repeat().",
        ),
        (
            {"name": "accuracy"},
            {},
            "{file}, line 40: an evaluation of the model reports no 'accuracy', only error, "
            "global_step, loss: let the StudySpec name one of these, or add 'accuracy' to the "
            "metrics of the model.",
        ),
        (
            {"metric": "error = tf.compat.v1.metrics.mean(loss * np.nan)"},
            {"fixed": FIXED},
            "{file}, line 40: all trials of the check failed, the last one with: metric: 'error' "
            "is nan, not a finite number",
        ),
    ],
)
def test_a_study_that_cannot_be_swept_is_refused_in_a_sentence(
    tmp_path: Path, parts: dict[str, str], options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(SweepError) as raised:
        check(tmp_path, options, **parts)
    assert str(raised.value) == sentence.format(file=tmp_path / "study.py")
    assert not (tmp_path / "results").exists()
