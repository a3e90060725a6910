"""Sweeps the programs in `tests/programs`, one after the other, in a process that only forks.

python -m tests.swept_programs FOLDER usual|others

FOLDER gets their data and a results folder. TensorFlow is imported once for all of them.
"""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from sweep import Program, StudySpec, run
from sweep.program.tuning.file import read_tuning_file
from sweep.program.vary import parse_vary
from sweep.schedule.rungs import Rungs
from tests.program_data import write_csv, write_digits
from tests.running import ROOT

PROGRAMS = ROOT / "tests" / "programs"
RATE = "=0.003,0.03"
DIGITS = ["--data-file", "digits.npz"]
JOB_DIR = ["--job-dir", "{model_dir}"]
MODEL_DIR = ["--model_dir={model_dir}"]


CATCHES = """
import sys
import tensorflow as tf

def model_fn(features, labels, mode):
    step = tf.compat.v1.train.get_global_step()
    with tf.control_dependencies([tf.debugging.assert_less(step, tf.constant(3, tf.int64))]):
        train_op = tf.compat.v1.assign_add(step, 1)
    return tf.estimator.EstimatorSpec(mode, loss=tf.constant(1.0), train_op=train_op)

def input_fn():
    return tf.data.Dataset.from_tensors({"x": [1.0]}).repeat()

try:
    tf.estimator.train_and_evaluate(
        tf.estimator.Estimator(model_fn),
        tf.estimator.TrainSpec(input_fn, max_steps=9),
        tf.estimator.EvalSpec(input_fn, steps=1),
    )
except Exception as error:
    print("caught", error)
"""


def swept(
    program: Program, vary: list[str], metric: str, direction: str = "maximize", **options: object
) -> None:
    """Sweeps two trials of a program."""
    spec = StudySpec(
        program=program,
        search_space=parse_vary(vary),
        metric=metric,
        direction=direction,
        n_trials=2,
        sampler="grid",
    )
    run(spec, seed=1, n_jobs=2, **options)  # type: ignore[arg-type]


def script(name: str, *arguments: str) -> Program:
    return Program(PROGRAMS / f"{name}.py", arguments)


def sweep_usual() -> None:
    """Sweeps a program of absl's flags, one with a loop, and one that clears its folder."""
    swept(
        script("absl_flags", *MODEL_DIR, "--train_steps=100", "--eval_every=50"),
        [f"learning_rate{RATE}"],
        "accuracy",
    )
    swept(script("epochs_loop", *MODEL_DIR, "--epochs=2"), [f"lr{RATE}"], "val/acc")
    Path("catches.py").write_text(CATCHES)
    swept(Program("catches.py"), [f"rate{RATE}"], "loss", "minimize")
    data = ["--train_data=train.csv", "--eval_data=test.csv", "--train_steps=60", "--eval_steps=20"]
    swept(
        script("deletes_first", *MODEL_DIR, *data),
        [f"learning_rate{RATE}"],
        "accuracy",
        scheduler=Rungs(2, 2),
    )


def sweep_others() -> None:
    """Sweeps the others, each in the way that it was written for."""
    swept(
        script(
            "tf_app_flags", "--data_file=digits.npz", "--train_dir={model_dir}", "--max_steps=50"
        ),
        ["learning_rate=0.01,0.3"],
        "precision @ 1",
    )
    csv = ["--train_csv=train.csv", "--test_csv=test.csv", "--max_steps=50"]
    swept(
        script("premade_csv", *csv), ["hidden_units=32,16", "hidden_units=8,8"], "loss", "minimize"
    )
    if find_spec("hypertune"):
        keras = [*DIGITS, *JOB_DIR, "--train-steps=50"]
        swept(script("keras_hypertune", *keras), [f"learning-rate{RATE}"], "val_accuracy")
    words = ["--model-dir={model_dir}", "--hidden-units", "{units:words}", "--steps=50"]
    swept(script("several_words", *words), ["units=64 32,16"], "accuracy")
    package()


def package() -> None:
    """Sweeps a module of a package by its tuning file."""
    shutil.copytree(PROGRAMS / "trainer", "trainer")
    tuning = read_tuning_file(PROGRAMS / "hptuning_config.yaml")
    files = ["--train-files", "train.csv", "--eval-files", "test.csv", "--train-steps=50"]
    spec = StudySpec(
        program=Program(module="trainer.task", arguments=[*JOB_DIR, *files]),
        search_space=tuning.space,
        metric=tuning.metrics,
        direction=tuning.directions,
    )
    run(spec, seed=1, n_jobs=2, n_trials=2)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    os.chdir(folder)
    write_digits(folder)
    write_csv(folder)
    {"usual": sweep_usual, "others": sweep_others}[sys.argv[2]]()
