"""A program that runs as in its own process, and again in the same one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from sweep.program.program import Program
from sweep.program.running import ProgramExit, run_as_main

LOOKS = """
import os, sys
import helper
from absl import flags
flags.DEFINE_float("rate", 0.1, "")
if __name__ == "__main__":
    flags.FLAGS(sys.argv)
    helper.seen.append((flags.FLAGS.rate, os.getcwd(), sys.path[0], os.environ["TF_CONFIG"]))
    print(*helper.seen[-1], len(helper.seen))
"""


def run(folder: Path, text: str, *arguments: str, **environment: str) -> None:
    (folder / "task.py").write_text(text)
    program = Program("task.py", directory=folder, tensorflow=2)
    run_as_main(program, [str(program.file), *arguments], environment)


def test_it_finds_its_arguments_folder_modules_and_environment_and_nothing_is_left_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "helper.py").write_text("seen = []")
    before = (sys.argv, sys.path, Path.cwd(), dict(os.environ))
    for rate in ("0.5", "0.25"):
        run(tmp_path, LOOKS, f"--rate={rate}", TF_CONFIG="{}")
        assert capsys.readouterr().out == f"{rate} {tmp_path} {tmp_path} {{}} 1\n"
    assert (sys.argv, sys.path, Path.cwd(), dict(os.environ)) == before


def test_a_module_of_a_package_is_run_with_its_package(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "my_trainer"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "model.py").write_text("NAME = 'deep'")
    (package / "task.py").write_text("from . import model\nprint(__name__, model.NAME)")
    program = Program(module="my_trainer.task", directory=tmp_path, tensorflow=2)
    run_as_main(program, [str(program.file)], {})
    assert capsys.readouterr().out == "__main__ deep\n"


@pytest.mark.parametrize("end", ["", "0", "None", "({'accuracy': 0.5}, [])"])
def test_an_exit_that_is_no_failure_is_an_end_like_any_other(tmp_path: Path, end: str) -> None:
    run(tmp_path, f"import sys; sys.exit({end})")


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("2", "task.py ended with exit code 2"),
        ("'no data'", "task.py ended with sys.exit('no data')"),
    ],
)
def test_another_exit_is_a_failure(
    tmp_path: Path, end: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProgramExit) as raised:
        run(tmp_path, f"import sys; sys.exit({end})")
    assert str(raised.value) == message


def test_what_it_raises_comes_through(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        run(tmp_path, "1 / 0")


def test_what_it_has_made_goes_on_working_until_another_is_run(tmp_path: Path) -> None:
    made: list[Any] = []
    sys.modules["kept_by_test"] = type(sys)("kept_by_test")
    vars(sys.modules["kept_by_test"])["made"] = made
    text = f"{LOOKS}\nimport kept_by_test\nkept_by_test.made.append(lambda: flags.FLAGS.rate)"
    (tmp_path / "helper.py").write_text("seen = []")
    try:
        run(tmp_path, text, "--rate=0.5", TF_CONFIG="{}")
    finally:
        del sys.modules["kept_by_test"]
    assert made[0]() == 0.5
