"""The message about a program that does not write into its trial's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.program.folder_flag import refusal
from sweep.program.program import Program

MODEL_DIR = "/results/study/trial-0000/model"


def told(folder: Path, text: str, wanted: str) -> str:
    (folder / "task.py").write_text(text)
    program = Program("task.py", directory=folder)
    return refusal(program, wanted, MODEL_DIR).removeprefix(f"{program} writes into ")


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        (
            "parser.add_argument('--data'); parser.add_argument('--job-dir', default='out')",
            "job-dir",
        ),
        ("flags.DEFINE_string('model_dir', None, 'Where to.')", "model_dir"),
        ("tf.app.flags.DEFINE_string('train_dir', '/tmp/x', '')", "train_dir"),
        (
            "p.add_argument('--job-dir'); p.add_argument('--output_dir', default='out')",
            "output_dir",
        ),
        ("DEFINE_string('job-dir', 'a', ''); DEFINE_string('output_dir', 'out', '')", "output_dir"),
    ],
)
def test_the_flag_for_its_folder_is_named_by_its_default_or_as_the_most_usual(
    tmp_path: Path, text: str, flag: str
) -> None:
    assert told(tmp_path, text, "out") == (
        f"out, not into its trial's folder: add --{flag}={{model_dir}} to its arguments, "
        "after the --."
    )


def test_a_program_without_such_a_flag_is_told_what_there_is_to_do(tmp_path: Path) -> None:
    assert told(tmp_path, "config = RunConfig('/tmp/mnist')", "/tmp/mnist") == (
        "/tmp/mnist, not into its trial's folder, and none of its flags has a usual name "
        "for the folder: put {model_dir} where it takes the folder, or give its RunConfig "
        "no model_dir."
    )


def test_a_folder_inside_of_the_trials_is_not_its_own(tmp_path: Path) -> None:
    assert told(tmp_path, "", f"{MODEL_DIR}/export/deep") == (
        "the folder export/deep inside of {model_dir}, but a trial's checkpoints are expected in "
        "{model_dir} itself: give its Estimator {model_dir}."
    )
