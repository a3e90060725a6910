"""The README: its set-up is what installs the project, and it has a question for each command."""

import re

from sweep.cli import main
from tests.running import ROOT

README = (ROOT / "README.md").read_text()


def test_the_set_up_of_the_readme_installs_extras_that_exist() -> None:
    lines = README.splitlines()
    assert len([line for line in lines if line.startswith("python3 -m venv")]) == 2
    pyproject = (ROOT / "pyproject.toml").read_text()
    named = re.findall(r"pip install (?:-q )?-e '\.\[([\w,]+)\]'", README)
    assert len(named) >= 2
    for extra in ",".join(named).split(","):
        assert re.search(rf"^{extra} = \[", pyproject, flags=re.MULTILINE)


def test_the_readme_has_the_question_that_each_command_answers() -> None:
    listed = re.findall(r"^\| `sweep (\w+)` \| .+\? \|$", README, flags=re.MULTILINE)
    assert sorted(listed) == sorted(main.commands)


def test_the_readme_is_read_at_a_sitting() -> None:
    assert len(README.splitlines()) <= 170
