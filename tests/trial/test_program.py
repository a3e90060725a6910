"""A program run up to its training, whatever it does when it is ended there."""

from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from sweep import StudySpec
from sweep.errors import StudyError
from sweep.folder.layout import TrialFolder
from sweep.program.program import Program
from sweep.program.running import ProgramExit
from sweep.trial.messages import Order
from sweep.trial.program import check_program, reach

pytestmark = pytest.mark.tensorflow

BEGIN = """
import sys, tensorflow as tf
def model_fn(features, labels, mode):
    return tf.estimator.EstimatorSpec(mode, loss=tf.constant(1.0), train_op=tf.no_op())
def input_fn():
    return tf.data.Dataset.from_tensors({"x": [1.0]})
estimator = tf.estimator.Estimator(model_fn)
def train():
    tf.estimator.train_and_evaluate(
        estimator, tf.estimator.TrainSpec(input_fn, max_steps=3), tf.estimator.EvalSpec(input_fn))
"""


def reached(folder: Path, end: str) -> tf.estimator.Estimator:
    (folder / "task.py").write_text(f"{BEGIN}\n{end}")
    program = Program("task.py", directory=folder, tensorflow=2)
    config = tf.estimator.RunConfig(model_dir=str(folder / "model"), tf_random_seed=5)
    trial_spec = reach(program, {}, 5, 0, config, lambda topic, text: None)
    assert trial_spec.train_spec.max_steps == 3
    return trial_spec.estimator


@pytest.mark.parametrize(
    "end",
    [
        "train()",
        "try:\n    train()\nexcept Exception:\n    print('failed')",
        "try:\n    train()\nexcept:\n    print('failed')",
        "try:\n    train()\nexcept:\n    sys.exit(1)",
    ],
)
def test_what_a_program_trains_is_known_though_it_catches_its_end(tmp_path: Path, end: str) -> None:
    estimator = reached(tmp_path, end)
    assert estimator.model_dir == estimator.config.model_dir == str(tmp_path / "model")
    assert estimator.config.tf_random_seed == 5


def test_a_program_that_trains_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as raised:
        reached(tmp_path, "print('done')")
    assert str(raised.value).endswith(
        "ended without a call of train_and_evaluate, or of an Estimator's train and "
        "evaluate, so there is no model to train."
    )


def test_a_program_that_exits_before_it_trains_is_told_with_its_last_words_and_what_to_do(
    tmp_path: Path,
) -> None:
    (tmp_path / "task.py").write_text("raise SystemExit(2)")
    folder = TrialFolder(tmp_path)
    folder.log.write_text("usage: task.py\ntask.py: error: --data is required\n")
    spec = StudySpec(
        search_space=lambda trial: {},
        metric="accuracy",
        direction="maximize",
        program=Program("task.py", directory=tmp_path, tensorflow=2),
    )
    with pytest.raises(ProgramExit) as raised:
        check_program(spec, Order("study", 0, 1, {}, {}, 0), folder, None, lambda topic, text: None)
    assert raised.value.__notes__ == [
        "its last output was: task.py: error: --data is required; run it without sweep to see all "
        "that it prints"
    ]
