"""`sweep delete` on studies of the stand-in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from click.testing import CliRunner
from sqlalchemy.engine import make_url

from sweep.cli import main
from sweep.storage.study import AskedStudy
from sweep.storage.url import storage_url
from tests.processes import Program

Sweep = Callable[..., AskedStudy]
Delete = Callable[..., tuple[int, str]]


@pytest.fixture
def delete(results: Path) -> Delete:
    """Runs the command over `results` in this process: its exit code, and what it prints."""

    def run(*arguments: str) -> tuple[int, str]:
        ended = CliRunner().invoke(main, ["delete", *arguments, "--results", str(results)])
        return ended.exit_code, ended.output

    return run


def studies_in(results: Path) -> list[str]:
    return optuna.get_all_study_names(storage_url(results))


def size(results: Path) -> str:
    files = [file for file in (results / "study").rglob("*") if file.is_file()]
    return f"{sum(file.stat().st_size for file in files) / 1000:.3g} kB"


def test_a_study_and_its_folder_are_deleted_once_it_was_said_what_that_is(
    sweep: Sweep, results: Path, delete: Delete
) -> None:
    sweep(n_trials=2)
    sweep(n_trials=1, name="other")
    database = results / "studies.db"
    what = f"study study of 2 trials in {database} and {results}/study with {size(results)}"
    assert delete("study") == (0, f"This would delete {what}: add --yes to delete it.\n")
    assert studies_in(results) == ["study", "other"]
    assert delete("study", "--yes") == (0, f"Deleted {what}.\n")
    assert studies_in(results) == ["other"]
    assert not (results / "study").exists()
    assert (results / "other").exists()
    sentence = f"There is no study 'study' in {database}. It has other."
    assert delete("study", "--yes") == (2, f"sweep: {sentence}\n")


def test_a_study_alone_is_deleted_and_can_be_made_again(
    sweep: Sweep, results: Path, delete: Delete
) -> None:
    sweep(n_trials=1)
    assert delete("study", "--only", "study", "--yes") == (
        0,
        f"Deleted study study of 1 trial in {results}/studies.db.\n"
        "`sweep rebuild study` restores the study from its folder.\n",
    )
    assert studies_in(results) == []
    assert delete("study", "--only", "study") == (0, "There is no study of study to delete.\n")
    again = CliRunner().invoke(main, ["rebuild", "study", "--results", str(results)])
    assert again.exit_code == 0
    assert studies_in(results) == ["study"]


def test_a_folder_alone_is_deleted_also_where_its_study_is_gone(
    sweep: Sweep, results: Path, delete: Delete
) -> None:
    sweep(n_trials=1)
    what = f"{results}/study with {size(results)}"
    optuna.delete_study(study_name="study", storage=storage_url(results))
    assert delete("study", "--yes") == (0, f"Deleted {what}.\n")
    assert not (results / "study").exists()
    sweep(n_trials=1)
    assert delete("study", "--only", "folder", "--yes")[0] == 0
    assert studies_in(results) == ["study"]
    assert not (results / "study").exists()


def test_a_study_that_is_being_swept_is_not_deleted(
    program: Callable[..., Program], results: Path, delete: Delete
) -> None:
    sweeping = program(2, "wait")
    sweeping.read_until("evaluated 0 10")
    code, said = delete("study", "--yes")
    assert code == 3
    assert said.startswith("sweep: Study 'study' is being swept by process ")
    assert studies_in(results) == ["study"]
    assert (results / "study").exists()


def test_a_study_on_postgresql_is_deleted_with_its_folder_unless_it_is_swept(
    program: Callable[..., Program], sweep: Sweep, results: Path, postgres_url: str
) -> None:
    def delete(*arguments: str) -> tuple[int, str]:
        environment = {"SWEEP_STORAGE": postgres_url}
        typed = ["delete", *arguments, "--results", str(results)]
        ended = CliRunner().invoke(main, typed, env=environment)
        return ended.exit_code, ended.output

    sweep(n_trials=1, storage=postgres_url)
    sweep(n_trials=1, storage=postgres_url, name="other")
    where = make_url(postgres_url).render_as_string()
    what = f"study study of 1 trial in {where} and {results}/study with {size(results)}"
    assert delete("study") == (0, f"This would delete {what}: add --yes to delete it.\n")
    assert delete("study", "--yes") == (0, f"Deleted {what}.\n")
    assert optuna.get_all_study_names(postgres_url) == ["other"]
    assert not (results / "study").exists()
    sweeping = program(2, "wait", postgres_url)
    sweeping.read_until("evaluated 0 10")
    code, said = delete("study", "--yes")
    assert code == 3
    assert said.startswith("sweep: Study 'study' is being swept by process ")
    assert optuna.get_all_study_names(postgres_url) == ["other", "study"]


def test_a_folder_that_is_another_studys_is_not_deleted(
    sweep: Sweep, results: Path, delete: Delete
) -> None:
    sweep(n_trials=1)
    kept = results / "kept"
    (results / "study").rename(kept)
    optuna.delete_study(study_name="study", storage=storage_url(results))
    sweep(n_trials=1, seed=2)
    folder = results / "study"
    folder.rename(results / "mine")
    kept.rename(folder)
    assert delete("study", "--yes") == (
        2,
        f"sweep: {folder}/trial-0000 is not the folder of trial 0 in this database, so nothing was "
        "deleted: give the right --results and --storage.\n",
    )
    folder.rename(kept)
    folder.symlink_to(results / "mine")
    assert delete("study", "--yes") == (
        2,
        f"sweep: {folder} is a link to {results}/mine, so nothing was deleted: remove it by "
        "hand.\n",
    )
    assert studies_in(results) == ["study"]


def test_what_there_is_nothing_of_is_told(results: Path, delete: Delete) -> None:
    code, said = delete("study")
    assert code == 2
    assert said.startswith("sweep: There is no database")
