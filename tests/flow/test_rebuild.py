"""A study that loses its database or folder during a sweep, and one rebuilt from folders."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna
import pytest

from sweep.errors import StorageError, SweepError
from sweep.flow.rebuild import rebuild
from sweep.folder.layout import StudyFolder
from sweep.schedule.rungs import Rungs
from sweep.storage.study import AskedStudy
from sweep.storage.url import storage_url
from sweep.study.loader import LoadedStudy
from tests import standin
from tests.processes import Program
from tests.standin import search_space, study_of

Start = Callable[..., Program]
Sweep = Callable[..., AskedStudy]


def as_told(study: optuna.Study) -> list[object]:
    """All that a study says of its trials, but for times and what the machine decides."""
    return [
        (
            t.number,
            t.state,
            t.values,
            t.params,
            t.distributions,
            t.intermediate_values,
            t.user_attrs,
        )
        for t in study.trials
    ]


@pytest.mark.parametrize("loss", ["removed", pytest.param("replaced", marks=pytest.mark.slow)])
def test_a_sweep_whose_database_is_taken_away_ends_and_its_study_is_made_again(
    program: Start, results: Path, loss: str
) -> None:
    running = program(50, "pause")
    running.read_until("ended 0 COMPLETE", "ended 1 COMPLETE")
    database = results / "studies.db"
    if loss == "replaced":
        shutil.copy(database, results / "other.db")
    database.unlink()
    if loss == "replaced":
        (results / "other.db").rename(database)
    code, _, errors = running.end()
    folder = results / "study"
    assert (code, errors) == (
        1,
        f"The database {database} was moved, removed or replaced during the sweep, so the "
        f"sweep has ended. Each trial's result is in its folder in {folder}: `sweep rebuild "
        "study`, with the same --results and --storage, restores the study from them.\n",
    )
    assert running.has_ended_whole()
    for left in results.glob("studies.db*"):
        left.unlink()
    study = rebuild(StudyFolder(results, "study"), storage_url(results), lambda text: None)
    states = [trial.state.name for trial in study.trials]
    assert states[:2] == ["COMPLETE", "COMPLETE"]
    assert set(states[2:]) <= {"COMPLETE", "WAITING", "FAIL"}  # of which nothing was written yet
    assert program(len(states), "pause").end()[0] == 0


def empty(database: Path) -> None:
    database.open("wb").close()


def copy_another_over(database: Path) -> None:
    other = database.with_name("other.db")
    optuna.create_study(storage=f"sqlite:///{other}", study_name="study")
    shutil.copyfile(other, database)


def restore_another(database: Path) -> None:
    other = database.with_name("other.db")
    optuna.create_study(storage=f"sqlite:///{other}", study_name="another")
    with closing(sqlite3.connect(other)) as source, closing(sqlite3.connect(database)) as target:
        source.backup(target)


def delete(database: Path) -> None:
    optuna.delete_study(storage=f"sqlite:///{database}", study_name="study")


def delete_and_create(database: Path) -> None:
    delete(database)
    optuna.create_study(storage=f"sqlite:///{database}", study_name="study")


OVERWRITTEN = (
    "The database {}/studies.db was overwritten during the sweep, so the sweep has ended. "
    "The file may contain parts of both databases: move it away. "
)
REMOVED = (
    "Study 'study' was removed from the database, or replaced in it, during the sweep, so "
    "the sweep has ended. "
)


@pytest.mark.parametrize(
    ("replace", "message"),
    [
        pytest.param(empty, OVERWRITTEN, marks=pytest.mark.slow),
        (copy_another_over, OVERWRITTEN),
        pytest.param(restore_another, REMOVED, marks=pytest.mark.slow),
        pytest.param(delete, REMOVED, marks=pytest.mark.slow),
        pytest.param(delete_and_create, REMOVED, marks=pytest.mark.slow),
    ],
)
def test_a_sweep_whose_study_is_replaced_where_it_is_ends_and_its_study_is_made_again(
    program: Start, results: Path, replace: Callable[[Path], None], message: str
) -> None:
    running = program(50, "pause")
    running.read_until("ended 0 COMPLETE", "ended 1 COMPLETE")
    replace(results / "studies.db")
    code, _, errors = running.end()
    assert (code, errors) == (
        1,
        f"{message.format(results)}Each trial's result is in its folder in {results}/study: "
        "`sweep rebuild study`, with the same --results and --storage, restores the study "
        "from them.\n",
    )
    assert running.has_ended_whole()
    for left in results.glob("studies.db*"):
        left.rename(left.with_name(f"away-{left.name}"))
    study = rebuild(StudyFolder(results, "study"), storage_url(results), lambda text: None)
    assert [trial.state.name for trial in study.trials[:2]] == ["COMPLETE", "COMPLETE"]


@pytest.mark.slow
def test_a_sweep_whose_study_is_deleted_from_a_server_ends_in_a_sentence(
    program: Start, results: Path, postgres_url: str
) -> None:
    running = program(50, "wait", postgres_url)
    running.read_until("evaluated 0 10", "evaluated 1 10")  # for Optuna deletes nothing in a race
    optuna.delete_study(storage=postgres_url, study_name="study")
    code, _, errors = running.end()
    assert (code, errors.startswith(REMOVED)) == (1, True)


@pytest.mark.slow
def test_a_sweep_whose_folder_is_moved_ends_in_a_sentence_and_goes_on_where_it_is(
    program: Start, results: Path
) -> None:
    running = program(50, "pause")
    running.read_until("ended 0 COMPLETE", "ended 1 COMPLETE", "evaluated 2 10")
    moved = results.rename(results.with_name("moved"))
    code, _, errors = running.end()
    assert (code, errors) == (
        1,
        f"The folder {results}/study was moved, removed or replaced during the sweep, so "
        "the sweep has ended. The checkpoints are where the folder is now: move it back, or "
        "name its new place with --results, and run the same command again.\n",
    )
    assert running.has_ended_whole()
    study = standin.sweep(study_of(), moved, n_trials=4, n_jobs=2)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 4
    assert [trial.user_attrs["attempts"] for trial in study.trials][:3] == [1, 1, 2]
    assert "trains from step 10" in (moved / "study/trial-0002/log.txt").read_text()


def test_a_study_made_again_is_as_it_was(sweep: Sweep, results: Path) -> None:
    before = sweep(study_of(), n_trials=9, scheduler=Rungs(2, 3))
    told, kept = as_told(before), before.user_attrs
    times = [(trial.datetime_start, trial.datetime_complete) for trial in before.trials]
    for left in results.glob("studies.db*"):
        left.unlink()
    after = rebuild(StudyFolder(results, "study"), storage_url(results), lambda text: None)
    assert as_told(after) == told
    for trial, (began, ended) in zip(after.trials, times, strict=True):
        assert trial.datetime_start is not None
        assert trial.datetime_complete is not None
        assert began is not None
        assert ended is not None
        assert began <= trial.datetime_start <= trial.datetime_complete <= ended
    assert after.user_attrs == kept
    assert sweep(study_of(), n_trials=9, scheduler=Rungs(2, 3)).trials[-1].number == len(told) - 1


def test_a_trial_made_again_has_the_evaluations_of_all_its_attempts(
    sweep: Sweep, results: Path
) -> None:
    (trial,) = sweep(study_of("die SIGKILL 2"), n_trials=1).trials
    assert (trial.user_attrs["attempts"], list(trial.intermediate_values)) == (3, [10, 20, 30])
    (results / "studies.db").unlink()
    after = rebuild(StudyFolder(results, "study"), storage_url(results), lambda text: None)
    assert after.trials[0].intermediate_values == trial.intermediate_values


def test_a_study_that_is_there_is_left_as_it_is(sweep: Sweep, results: Path) -> None:
    before = as_told(study := sweep(n_trials=1))
    with pytest.raises(StorageError) as raised:
        rebuild(StudyFolder(results, "study"), storage_url(results), lambda text: None)
    assert str(raised.value) == (
        "Study 'study' is in the database already, so there is nothing to restore."
    )
    assert as_told(study) == before


def test_a_trial_without_a_folder_keeps_its_number_as_failed(sweep: Sweep, results: Path) -> None:
    sweep(n_trials=3)
    (results / "studies.db").unlink()
    shutil.rmtree(results / "study" / "trial-0001")
    said: list[str] = []
    study = rebuild(StudyFolder(results, "study"), storage_url(results), said.append)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL", "COMPLETE"]
    assert said == ["Nothing is left of these trials, which are now FAIL: 1."]


# Folders that version 0.1 has written.


def make_older(results: Path, sha256: str | None = None) -> None:
    """Takes out of the folders what version 0.1 did not write."""
    (results / "studies.db").unlink()
    (results / "study" / "study.json").unlink()
    for file in results.glob("study/trial-*/params.json"):
        said = json.loads(file.read_text())
        del said["record"], said["attempt"]
        file.write_text(json.dumps(said | {"study_file_sha256": sha256}))


def rebuild_older(
    results: Path, say: Callable[[str], None], seed: int | None = None, **fields: Any
) -> AskedStudy:
    loaded = LoadedStudy(study_of(**fields), "study", Path("study.py"))
    return rebuild(
        StudyFolder(results, "study"), storage_url(results), say, lambda: loaded, seed=seed
    )


def test_older_folders_and_the_study_file_make_a_study_again(sweep: Sweep, results: Path) -> None:
    told = as_told(sweep(n_trials=5))
    make_older(results)
    said: list[str] = []
    after = rebuild_older(results, said.append, seed=1)
    assert as_told(after) == told
    assert (after.user_attrs, after.metric_names) == ({"seed": 1}, ["score"])
    assert said == [
        "There is no study.json: the metrics come from study.py, and its scheduler is lost.",
        "For 5 trials, two things are lost: whether they continue or retry others, so each counts "
        "as independent, and the evaluations of attempts before the last.",
    ]
    assert [trial.state.name for trial in sweep(n_trials=6).trials] == ["COMPLETE"] * 6


@pytest.mark.parametrize(("seed", "state"), [(None, "FAIL"), (1, "COMPLETE")])
def test_an_older_trial_that_had_not_ended_goes_on_if_the_seed_is_known(
    sweep: Sweep, results: Path, seed: int | None, state: str
) -> None:
    sweep(n_trials=3)
    make_older(results)
    (results / "study" / "trial-0001" / "result.json").unlink()
    said: list[str] = []
    rebuild_older(results, said.append, seed=seed)
    assert (said[2:] == []) is (seed is not None)
    assert set(said[2:]) <= {
        "These trials had not ended and are now FAIL, because they can continue only with the "
        "study's seed: 1. `sweep retry` starts them again."
    }
    states = [trial.state.name for trial in sweep(n_trials=3, seed=None).trials]
    assert states == ["COMPLETE", state, "COMPLETE"]
    assert sweep(n_trials=3, seed=None).trials[1].user_attrs.get("failure") in (
        None,
        "exception: it had not ended when the study was restored without its seed",
    )


def test_a_study_file_that_has_changed_is_told(sweep: Sweep, results: Path) -> None:
    sweep(n_trials=2)
    make_older(results, sha256="another")
    said: list[str] = []
    rebuild_older(results, said.append, seed=1)
    assert said[2:] == [
        "study.py has changed since 2 trials ran: their params are treated as if the present "
        "search space had suggested them."
    ]


def narrow(trial: optuna.Trial) -> dict[str, Any]:
    return search_space(trial) | {"x": trial.suggest_float("x", 2, 3)}


def without_x(trial: optuna.Trial) -> dict[str, Any]:
    return {"rate": trial.suggest_float("rate", 1e-4, 1e-1, log=True)}


@pytest.mark.slow
def test_what_cannot_be_made_again_is_refused_before_anything_is_written(
    sweep: Sweep, results: Path
) -> None:
    params = sweep(n_trials=1).trials[0].params
    make_older(results)
    folder = StudyFolder(results, "study")

    def refusal(load: Callable[[], LoadedStudy] | None, seed: int | None = None) -> str:
        with pytest.raises(SweepError) as raised:
            rebuild(folder, storage_url(results), lambda text: None, load, seed)
        return str(raised.value)

    def drawn_from(space: Callable[..., Any]) -> Callable[[], LoadedStudy]:
        return lambda: LoadedStudy(study_of(search_space=space), "study", None)

    assert refusal(None) == (
        f"{results}/study was written by version 0.1 and does not say which search space its "
        "params come from: name the study's file, as in `sweep rebuild my_study.py --name study`."
    )
    assert refusal(drawn_from(without_x)).endswith(
        f"`search_space` does not suggest x={params['x']!r}, which trial 0 has. Restore the file "
        "as it was."
    )
    assert "search_space" in refusal(drawn_from(narrow))
    assert refusal(drawn_from(search_space), seed=2) == (
        "Study 'study' was not swept with seed 2, because none of its trials has a seed that "
        "follows from it: leave --seed out, or give the right one."
    )
    assert not (results / "studies.db").exists()
