"""A program read before it runs: its TensorFlow, its hash, and the metrics that it may report."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest

from sweep.errors import StudyError, UsageError
from sweep.program.program import Program
from sweep.program.reading import mentions, read_program

pytestmark = pytest.mark.tensorflow
OLD = """
import tensorflow as tf
tf.logging.info("x"); tf.layers.dense; tf.app.run; tf.placeholder
"""


def program(folder: Path, text: str, tensorflow: int | None = None) -> Program:
    (folder / "task.py").write_text(text)
    return Program("task.py", directory=folder, tensorflow=tensorflow)


def test_a_program_of_tensorflow_1_is_known_by_its_names_and_told_of(tmp_path: Path) -> None:
    old = program(tmp_path, OLD)
    reading = read_program(old)
    assert reading.program.tensorflow == 1
    assert reading.notices == (
        f"{old} was written for TensorFlow 1, because it uses tf.logging, tf.layers, tf.app "
        "and 1 more: its `import tensorflow` imports tensorflow.compat.v1. --tf2 switches "
        "that off.",
    )


def test_a_person_may_know_better(tmp_path: Path) -> None:
    reading = read_program(program(tmp_path, OLD, tensorflow=2))
    assert (reading.program.tensorflow, reading.notices) == (2, ())


def test_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    reading = read_program(program(tmp_path, "import tensorflow as tf\ntf.constant(1)"))
    assert (reading.program.tensorflow, reading.notices) == (2, ())


def test_the_hash_is_of_all_its_modules(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("UNITS = 1")
    before = read_program(program(tmp_path, "import model")).sha256
    (tmp_path / "model.py").write_text("UNITS = 2")
    assert read_program(program(tmp_path, "import model")).sha256 != before


FLAGS = """
flags = tf.app.flags
flags.DEFINE_float("learning_rate", 0.1, "")
flags.DEFINE_integer("units_1", 8, "")
"""


def test_a_flag_that_is_almost_one_of_the_programs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        read_program(program(tmp_path, FLAGS), ["lerning-rate"])
    assert str(raised.value) == (
        f"{tmp_path}/task.py has no flag 'lerning-rate': did you mean learning_rate?"
    )


def test_a_flag_that_is_not_found_is_told_of(tmp_path: Path) -> None:
    known = read_program(program(tmp_path, FLAGS, tensorflow=1), ["learning_rate", "learning"])
    assert known.notices == ()  # argparse takes the start of a name too
    unknown = read_program(program(tmp_path, FLAGS, tensorflow=1), ["units_2"])
    assert unknown.notices == (
        f"sweep finds no flag 'units_2' in {tmp_path}/task.py. If the program ignores it, all "
        "trials train alike.",
    )


def test_a_flag_that_stands_among_the_arguments_needs_no_name(tmp_path: Path) -> None:
    (tmp_path / "task.py").write_text(FLAGS)
    placed = Program("task.py", ["--units_1={lerning-rate}"], directory=tmp_path, tensorflow=1)
    assert read_program(placed, ["lerning-rate"]).notices == ()


def test_a_module_that_is_hidden_by_a_loaded_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "optuna.py").write_text("")
    with pytest.raises(StudyError) as raised:
        read_program(program(tmp_path, "import optuna"))
    assert str(raised.value) == (
        f"{tmp_path / 'optuna.py'} has the name of a package that sweep has loaded "
        f"({optuna.__file__}), so the program would import that package: rename the file."
    )


def test_a_metric_may_be_said_where_its_last_name_stands_in_a_text(tmp_path: Path) -> None:
    task = program(tmp_path, "tf.summary.scalar('top_5', x)  # accuracy")
    assert mentions(task, "eval/top_5")
    assert not mentions(task, "accuracy")
