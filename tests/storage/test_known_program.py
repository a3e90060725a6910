"""A program that was swept, found by what a person names."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest

from sweep import attrs
from sweep.errors import StudyError
from sweep.program.program import Program
from sweep.program.vary import parse_vary
from sweep.storage.known_program import Known, find_known
from sweep.study.program_record import to_record
from sweep.study.spec import StudySpec


@pytest.fixture
def spec(tmp_path: Path) -> StudySpec:
    file = tmp_path / "task.py"
    file.touch()
    return StudySpec(
        program=Program(file, ["--data", "x.csv"], tensorflow=2, directory=tmp_path),
        search_space=parse_vary(["rate=0.1..0.9", "layers=64,32", "layers=16"]),
        metric=["accuracy", "loss"],
        direction=["maximize", "minimize"],
        n_trials=7,
    )


@pytest.fixture
def url(tmp_path: Path, spec: StudySpec) -> str:
    """A database in which the program's study is called `first`."""
    url = f"sqlite:///{tmp_path}/studies.db"
    study = optuna.create_study(storage=url, study_name="first")
    study.set_user_attr(attrs.PROGRAM, to_record(spec))
    return url


def test_a_program_is_known_by_its_studys_name_with_all_that_it_was_swept_with(
    spec: StudySpec, url: str
) -> None:
    assert find_known("first", None, url) == Known(spec, "first")


def test_it_may_be_swept_again_by_another_name(spec: StudySpec, url: str) -> None:
    assert find_known("first", "second", url) == Known(spec, "second")


def test_it_is_known_by_its_file_where_its_study_is_named(
    spec: StudySpec, url: str, tmp_path: Path
) -> None:
    assert find_known(tmp_path / "task.py", "first", url) == Known(spec, "first")


def test_another_file_is_itself(url: str, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.touch()
    assert find_known(other, "first", url) == Known(other, "first")


def test_what_was_never_swept_is_sought_among_the_study_files(url: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"^There is no study file 'second'"):
        find_known("second", None, url)
    with pytest.raises(StudyError, match=r"^There is no study file 'first'"):
        find_known("first", None, f"sqlite:///{tmp_path}/none.db")
