"""A program's command line in each trial."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sweep.errors import StudyError, UsageError
from sweep.program.program import Program

GIVEN = {"model_dir": "/results/trial-0003/model", "seed": 5, "number": 3}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A working directory with a program, and a package with two."""
    package = tmp_path / "trainer"
    package.mkdir()
    for file in (tmp_path / "task.py", *(package / f"{name}.py" for name in ("task", "__main__"))):
        file.touch()
    return tmp_path


def argv(here: Path, arguments: list[str], **params: Any) -> list[str]:
    return Program("task.py", arguments, directory=here).argv(params, GIVEN)[1:]


def test_each_param_is_one_argument_behind_those_of_the_person(here: Path) -> None:
    params = {"learning-rate": -1e-05, "hidden": "128 32", "batch_size": 64}
    assert argv(here, ["--data", "my file.csv"], **params) == [
        "--data",
        "my file.csv",
        "--learning-rate=-1e-05",
        "--hidden=128 32",
        "--batch_size=64",
    ]


def test_a_param_is_put_where_its_name_stands_and_nowhere_else(here: Path) -> None:
    arguments = ["--opt", "{optimizer}:{lr}", "--again={lr}"]
    assert argv(here, arguments, optimizer="adam", lr=0.1, units=8) == [
        "--opt",
        "adam:0.1",
        "--again=0.1",
        "--units=8",
    ]


def test_a_value_of_several_words_becomes_several_arguments_where_that_is_asked_for(
    here: Path,
) -> None:
    arguments = ["--hidden", "{hidden:words}", "--name={hidden}"]
    assert argv(here, arguments, hidden="128 32") == ["--hidden", "128", "32", "--name=128 32"]


def test_the_trials_own_folder_seed_and_number_are_given(here: Path) -> None:
    assert argv(here, ["--job-dir={model_dir}", "{seed}", "run-{number}"]) == [
        "--job-dir=/results/trial-0003/model",
        "5",
        "run-3",
    ]


def test_braces_around_anything_else_are_the_programs_own(here: Path) -> None:
    assert argv(here, ['{"a": 1}', "ckpt-{epoch:02d}", "{other}"]) == [
        '{"a": 1}',
        "ckpt-{epoch:02d}",
        "{other}",
    ]


def test_a_program_is_found_where_python_would_find_it(here: Path) -> None:
    script = Program("task.py", directory=here)
    module = Program(module="trainer.task", directory=here)
    package = Program(module="trainer", directory=here)
    assert (script.file, script.folder, script.name) == (here / "task.py", here, "task")
    assert (module.file, module.folder, module.name) == (here / "trainer/task.py", here, "task")
    assert (package.file, package.name) == (here / "trainer/__main__.py", "trainer")
    assert Program("trainer/task.py", directory=here).folder == here / "trainer"


def test_a_program_is_made_again_from_what_a_study_keeps_of_it(here: Path) -> None:
    for program in (
        Program("task.py", ["--a", "{lr}"], tensorflow=1, directory=here),
        Program(module="trainer.task", directory=here),
    ):
        assert Program.from_json(program.to_json()) == program
        assert program.as_read(2, {}).tensorflow == 2


def test_a_flag_that_takes_no_value_is_given_where_it_is_true(here: Path) -> None:
    program = Program("task.py", directory=here, switches={"fast": None, "bn": "--no-bn"})

    def typed(**params: Any) -> list[str]:
        return program.argv(params, {})[1:]

    assert typed(fast="true", bn=True) == ["--fast", "--bn"]
    assert typed(fast="False", bn=False) == ["--no-bn"]
    with pytest.raises(UsageError) as raised:
        typed(fast="yes")
    assert str(raised.value) == (
        f"--fast of {program} takes no value, but would get 'yes': make it true or false, "
        "as in --vary fast=true,false."
    )


def test_a_param_in_braces_by_an_almost_right_name_is_refused(here: Path) -> None:
    given = ["--job-dir={model_dir}", '--net={"units": 3}', "--shape={unknown}", "--l={learn_rate}"]
    program = Program("task.py", given, directory=here)
    program.check_places(["units"])
    with pytest.raises(UsageError) as raised:
        program.check_places(["learning-rate"])
    assert str(raised.value) == (
        "{learn_rate} is among the program's arguments, but no param has this name: did you "
        "mean {learning-rate}?"
    )


def refusal(**given: Any) -> str:
    with pytest.raises((UsageError, StudyError)) as raised:
        Program(**given)
    return str(raised.value)


def test_what_is_no_program_is_refused(here: Path) -> None:
    assert refusal(file="gone.py", directory=here) == (
        f"There is no program {here}/gone.py: give the path of its file."
    )
    assert refusal(file="trainer/tsk.py", directory=here) == (
        f"There is no program {here}/trainer/tsk.py: did you mean task.py?"
    )
    assert refusal(module="trainer.gone", directory=here) == (
        f"There is no module 'trainer.gone', neither below {here} nor among the installed "
        "ones: run sweep in the folder that contains its package."
    )
    assert refusal(file="task.py", module="trainer.task", directory=here) == (
        "A program is either a file or a module, but this one has file='task.py' and "
        "module='trainer.task'."
    )
    assert refusal(file="task.py", arguments="--a 1", directory=here) == (
        "A program's arguments are a list of strings, but got '--a 1': give one for each word of "
        "its command line."
    )
    assert refusal(file="task.py", tensorflow=3, directory=here) == (
        "A program's `tensorflow` is 1, 2 or None, but got 3."
    )
