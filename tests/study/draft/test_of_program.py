"""The drafted study file for a program."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import optuna
import pytest

from sweep.errors import StudyError, UsageError
from sweep.program.program import Program
from sweep.study.draft.example import example
from sweep.study.draft.of_program import ProgramDraft
from sweep.study.loader import load_study_file
from tests.running import ROOT

PROGRAMS = ROOT / "tests/programs"
SCRIPTS = sorted(file.name for file in PROGRAMS.glob("*.py"))
ODD = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("data", help="where it all begins: " + 30 * "x")
parser.add_argument("--name", default="it's")
parser.add_argument("--quote", default='say "x"', help='''a help
    that goes on ''' "and on and on and on and on and on and on and on and on and on and on and on")
parser.add_argument("--a-learning-rate-whose-name-is-of-no-small-length-learning-rate", type=float)
parser.add_argument("--loss", choices=["softmax_cross_entropy", "hinge", "squared_hinge", "exp"])
parser.add_argument("--activation-function-of-hidden-layers", choices=["relu", "tanh", "elu"])
parser.add_argument("--l1", type=float, default=1e-5)
"""


def draft(name: str, *arguments: str) -> ProgramDraft:
    return ProgramDraft(Program(PROGRAMS / f"{name}.py", arguments))


def arguments_in(text: str) -> list[str]:
    """The lines of the program's arguments that are no comments."""
    lines = text.partition("        [\n")[2].partition("        ],\n")[0].splitlines()
    return [line.strip() for line in lines if not line.strip().startswith("#")]


@pytest.mark.parametrize(
    "rules", [["--config", str(ROOT / "pyproject.toml")], ["--isolated"]], ids=["ours", "ruff's"]
)
def test_what_is_written_is_as_a_linter_wants_it(tmp_path: Path, rules: list[str]) -> None:
    (tmp_path / "odd.py").write_text(ODD)
    texts = {f"{name}_study.py": draft(Path(name).stem).text() for name in SCRIPTS}
    texts["example.py"] = example()
    texts["odd_study.py"] = ProgramDraft(Program(tmp_path / "odd.py")).text()
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    rules = ["--no-cache", *rules, "--config", f"src = ['{ROOT}']"]
    for command in (["check"], ["format", "--diff"]):
        ruff = [sys.executable, "-m", "ruff", *command, *rules, *texts]
        ended = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout


def test_what_varies_is_suggested_by_the_names_that_the_flags_have(tmp_path: Path) -> None:
    study = tmp_path / "study.py"
    study.write_text(draft("absl_flags").text())
    spec = runpy.run_path(str(study))["STUDY"]
    trial = optuna.create_study().ask()
    assert spec.search_space(trial) == trial.params
    assert list(trial.params) == [
        *("learning_rate", "optimizer", "momentum", "num_layers"),
        *("num_units", "batch_norm", "batch_size"),
    ]
    assert (spec.metric, spec.direction) == ("accuracy", "maximize")


def test_the_folder_and_the_seed_are_the_trials() -> None:
    assert arguments_in(draft("epochs_loop").text()) == [
        '"--model_dir={model_dir}",',
        '"--seed={seed}",',
    ]


def test_a_folder_that_is_given_is_left_as_it_is() -> None:
    given = arguments_in(draft("epochs_loop", "--model_dir", "{model_dir}/a").text())
    assert given == ['"--model_dir",', '"{model_dir}/a",', '"--seed={seed}",']


def test_a_program_that_has_its_folder_is_given_no_other(tmp_path: Path) -> None:
    (tmp_path / "task.py").write_text("p.add_argument('--out')\np.add_argument('--log_dir')\n")
    program = Program(tmp_path / "task.py", ["--out={model_dir}"])
    assert arguments_in(ProgramDraft(program).text()) == ['"--out={model_dir}",']


def test_a_flag_that_is_given_does_not_vary() -> None:
    assert set(draft("mnist_2018", "--batch-size", "32", "--dropout=0.1").use.varied) == {
        "learning-rate",
        "hidden-units",
    }


def test_a_flag_whose_value_has_a_place_varies() -> None:
    drafted = draft(
        "several_words", "--hidden-units", "{hidden-units:words}", "--lr={learning-rate}"
    )
    assert list(drafted.use.varied) == ["hidden-units", "learning-rate", "batch-size"]
    assert arguments_in(drafted.text()) == [
        '"--hidden-units",',
        '"{hidden-units:words}",',
        '"--lr={learning-rate}",',
        '"--model-dir={model_dir}",',
    ]


def test_a_flag_of_several_words_gets_a_place() -> None:
    assert arguments_in(draft("several_words").text()) == [
        '"--model-dir={model_dir}",',
        '"--hidden-units",',
        '"{hidden-units:words}",',
    ]


def test_what_is_left_to_the_program_stands_there_with_its_default() -> None:
    text = draft("premade_csv").text()
    for line in (
        '            # "--batch_norm",\n',
        '            # "--max_steps=2000",\n',
        '            # "--patience=500",  # steps without a lower loss\n',
    ):
        assert line in text


def test_a_study_file_is_refused_until_it_is_filled_in(tmp_path: Path) -> None:
    study = tmp_path / "study.py"
    study.write_text(draft("premade_csv", "--test_csv=test.csv").text())
    line = 1 + study.read_text().splitlines().index('            "--train_csv={TODO}",')
    with pytest.raises(StudyError) as refused:
        load_study_file(study)
    assert str(refused.value) == (
        f"{study}, line {line}: tests/programs/premade_csv.py cannot run with "
        "--train_csv={TODO}. Replace {TODO} with the value that the program needs."
    )
    study.write_text(study.read_text().replace("{TODO}", "train.csv"))
    assert load_study_file(study).spec.program is not None


@pytest.mark.parametrize("name", [["--name", "x"], ["--name=x"]])
def test_what_is_given_by_its_place_is_known_as_given(tmp_path: Path, name: list[str]) -> None:
    (tmp_path / "odd.py").write_text(ODD)
    (missing,) = ProgramDraft(Program(tmp_path / "odd.py", name)).use.missing
    assert missing.name == "data"
    assert ProgramDraft(Program(tmp_path / "odd.py", [*name, "here"])).use.missing == ()


def test_a_place_for_what_is_no_flag_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        draft("mnist_2018", "--batch-size={size}").text()
    assert str(refused.value) == (
        "{size} among the arguments is neither a flag of tests/programs/mnist_2018.py nor one of "
        "{model_dir}, {seed}, {number}: use one of these, or leave it out."
    )


def test_a_program_without_flags_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "fixed.py"
    program.write_text("RATE = 0.1\n")
    with pytest.raises(UsageError) as refused:
        ProgramDraft(Program(program)).text()
    assert str(refused.value) == (
        f"{program} declares no flags to argparse, absl or tf.app.flags, so a sweep cannot vary "
        "it: let the program take its hyperparameters as flags."
    )
