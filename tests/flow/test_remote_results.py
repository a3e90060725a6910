"""Sweeps whose results are on remote storage, and how another machine continues them."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import optuna
import pytest

from sweep import events
from sweep.errors import BusyError, StorageError, UsageError
from sweep.flow.rebuild import rebuild
from sweep.folder.layout import StudyFolder
from sweep.folder.remote import Remote
from sweep.schedule.rungs import Rungs
from sweep.storage.copies import anchored_results
from sweep.storage.study import AskedStudy
from sweep.storage.url import storage_url
from tests import processes, standin
from tests.processes import Program, wait_until
from tests.standin import study_of, value_of
from tests.stores import Line, Store, new_store, reach

Start = Callable[..., Program]
of_a_folder = pytest.mark.parametrize("store", ["file"], indirect=True)
of_all_slowly = pytest.mark.parametrize(
    "store",
    ["file", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("s3", "gs", "abfs"))],
    indirect=True,
)
OF_A_TRIAL = ["log.txt", "model/checkpoint", "params.json", "result.json"]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts `python -m tests.standin` with remote results, whose libraries take long to load."""
    monkeypatch.setattr(processes, "SECONDS_TO_END", 120.0)
    programs: list[Program] = []

    def begin(store: Store, n_trials: int, act: str, **options: Any) -> Program:
        programs.append(Program(store.url, n_trials, act, **options))
        return programs[-1]

    yield begin
    for started in programs:
        started.close()


def sweep(store: Store, spec: Any = None, **options: Any) -> AskedStudy:
    return standin.sweep(spec or study_of(), store.url, **{"n_jobs": 1, "seed": 1, **options})


def there(store: Store, trial: int | None = None) -> list[str]:
    """The files of a trial, or of all, on the storage."""
    folder = "study" if trial is None else f"study/trial-{trial:04d}"
    return sorted(Remote(store.url).sizes(folder))


def read(store: Store, name: str) -> str:
    content = Remote(store.url).read(name)
    assert content is not None, name
    return content.decode()


def until_there(store: Store, *names: str) -> None:
    remote = Remote(store.url)
    assert wait_until(lambda: all(remote.read(name) is not None for name in names))


def load(store: Store) -> optuna.Study:
    """The study of the last copy of the database, as a machine finds it that has never swept."""
    place = anchored_results(store.url)
    return optuna.load_study(study_name="study", storage=f"sqlite:///{place}/studies.db")


def test_what_a_sweep_leaves_on_remote_storage_is_what_it_leaves_on_a_disk(
    store: Store, tmp_path: Path
) -> None:
    on_disk = standin.sweep(study_of(), tmp_path / "disk", n_trials=3, n_jobs=1, seed=1)
    study = sweep(store, n_trials=3)
    assert [trial.value for trial in study.trials] == [trial.value for trial in on_disk.trials]
    assert there(store) == sorted(
        ["study.json", *(f"trial-000{n}/{name}" for n in range(3) for name in OF_A_TRIAL)]
    )
    assert study.trials[0].user_attrs["model_dir"] == f"{store.url}/study/trial-0000/model"
    result = json.loads(read(store, "study/trial-0001/result.json"))
    assert result["metrics"]["score"] == study.trials[1].value


@pytest.mark.slow
def test_another_machine_goes_on_where_a_sweep_was_killed(
    store: Store, scratch: Path, start: Start
) -> None:
    killed = start(store, 4, "wait")
    killed.read_until("evaluated 0 10", "evaluated 1 10")
    until_there(store, "study/trial-0000/model/checkpoint", "study/trial-0001/model/checkpoint")
    killed.send(signal.SIGKILL)
    assert killed.has_ended_whole()
    shutil.rmtree(scratch)

    code, output, errors = start(store, 4, "train").end()
    assert code == 0, errors
    study = load(store)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 4
    assert [trial.value for trial in study.trials] == [value_of(t.params) for t in study.trials]
    for number in (0, 1):
        assert read(store, f"study/trial-000{number}/log.txt").endswith(" trains from step 10\n")
    assert all(there(store, number) == OF_A_TRIAL for number in range(4)), output


@of_all_slowly
def test_a_killed_trial_goes_on_here_and_its_files_are_there(store: Store) -> None:
    (trial,) = sweep(store, study_of("die SIGKILL 1"), n_trials=1).trials
    assert trial.user_attrs["attempts"] == 2
    assert read(store, "study/trial-0000/log.txt") == (
        "attempt 1 trains from step 0\nattempt 2 trains from step 10\n"
    )


@pytest.mark.slow
def test_continuations_go_on_from_what_another_machine_has_trained(
    store: Store, scratch: Path
) -> None:
    sweep(store, n_trials=3, scheduler=Rungs(2, 3))
    shutil.rmtree(scratch)
    study = sweep(store, n_trials=6)
    further = [trial for trial in study.trials if "continues" in trial.user_attrs]
    assert [trial.state.name for trial in further] == ["COMPLETE", "COMPLETE"]
    assert all(
        read(store, f"study/trial-{trial.number:04d}/log.txt").endswith(" trains from step 10\n")
        for trial in further
    )
    spent = {trial.user_attrs["continues"] for trial in further}
    kept = {n for n in range(len(study.trials)) if "model/checkpoint" in there(store, n)}
    assert kept == set(range(len(study.trials))) - spent


@of_a_folder
def test_a_study_whose_database_is_lost_is_made_again_for_every_machine(
    store: Store, scratch: Path
) -> None:
    before = sweep(store, n_trials=3, scheduler=Rungs(2, 2))
    noon = datetime(2026, 1, 1, 12).timestamp()
    for name, moment in (("params.json", noon), ("result.json", noon + 90)):
        os.utime(
            Path(store.url.removeprefix("file://"), "study/trial-0000", name), (moment, moment)
        )
    shutil.rmtree(scratch)
    Remote(store.url).remove(["studies.db", "studies.db.json"])
    with pytest.raises(UsageError) as raised:
        sweep(store, n_trials=4)
    assert str(raised.value) == (
        f"{store.url}/study holds the folder of trial 0, which the study in the database does not "
        "have: restore the study with `sweep rebuild study`, move the folder away, or choose "
        "another --name."
    )
    shutil.rmtree(scratch)
    Remote(store.url).remove(["studies.db", "studies.db.json"])
    results = anchored_results(store.url)
    rebuild(StudyFolder(results, "study"), storage_url(results), print)
    shutil.rmtree(scratch)
    after = load(store)
    assert [trial.value for trial in after.trials] == [trial.value for trial in before.trials]
    assert after.user_attrs["scheduler"] == before.user_attrs["scheduler"]
    assert after.trials[0].datetime_start == datetime(2026, 1, 1, 12)
    assert after.trials[0].duration == timedelta(seconds=90)


@of_a_folder
def test_a_database_that_lies_elsewhere_is_brought_to_a_machine_that_lacks_it(
    store: Store, scratch: Path, tmp_path: Path
) -> None:
    database = tmp_path / "elsewhere/own.db"
    own = f"sqlite:///{database}"
    values = [trial.value for trial in sweep(store, n_trials=2, storage=own).trials]
    shutil.rmtree(scratch)
    shutil.rmtree(database.parent)
    study = sweep(store, n_trials=3, storage=own)
    assert [trial.value for trial in study.trials][:2] == values
    assert len(study.trials) == 3
    assert database.exists()
    assert not (anchored_results(store.url) / "own.db").exists()


@of_a_folder
def test_what_keep_takes_from_the_disk_goes_there_too(store: Store) -> None:
    study = sweep(store, n_trials=3, keep=1)
    best = study.best_trial.number
    assert [n for n in range(3) if "model/checkpoint" in there(store, n)] == [best]


class CutOff:
    """A sweep whose line to its storage is cut while trials run."""

    def __init__(self, s3: dict[str, str], folder: Path, reach: Callable[[Store], None]) -> None:
        self.there_itself = new_store("s3", s3, folder)
        self.line = Line(self.there_itself.address)
        self.store = self.there_itself.at(self.line.address)
        """By the line."""
        reach(self.store)

    def cut(self, program: Program, *until: str) -> None:
        """Cuts the line, and reads on until the program has said this too."""
        program.read_until("evaluated 0 20")
        self.line.cut()
        program.read_until(f"notice {self.store.url} cannot be used: ", *until)


@pytest.fixture
def cut_off(s3: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CutOff:
    return CutOff(s3, tmp_path, lambda store: reach(store, tmp_path / "scratch", monkeypatch))


@pytest.mark.slow
def test_a_storage_that_is_out_of_reach_for_a_while_loses_nothing(
    cut_off: CutOff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    there_itself, store = cut_off.there_itself, cut_off.store
    program = start(store, 6, "pause")
    cut_off.cut(program, "ended 3 COMPLETE")
    cut_off.line.lay()
    code, output, errors = program.end()
    assert code == 0, errors
    assert f"notice {store.url} is back, and missing files are uploaded." in output.splitlines()
    reach(there_itself, tmp_path / "elsewhere", monkeypatch)
    assert all(there(there_itself, number) == OF_A_TRIAL for number in range(6))
    assert [trial.state.name for trial in load(there_itself).trials] == ["COMPLETE"] * 6


@pytest.mark.slow
def test_machines_that_share_a_study_continue_what_others_upload_slowly(
    s3: dict[str, str],
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    start: Start,
) -> None:
    store = new_store("s3", s3, tmp_path)
    programs = []
    for machine in ("one", "other"):
        line = Line(store.address, delay=0.1)
        reach(store.at(line.address), tmp_path / machine, monkeypatch)
        options = {"storage": postgres_url, "scheduler": "rungs"}
        programs.append(start(store, 18, "train", **options))
    ends = [program.end() for program in programs]
    assert [code for code, _, _ in ends] == [0, 0], ends
    reach(store, tmp_path / "reader", monkeypatch)
    trials = optuna.load_study(study_name="study", storage=postgres_url).trials
    assert {trial.state.name for trial in trials} == {"COMPLETE", "PRUNED"}
    machines = [
        json.loads(read(store, f"study/trial-{trial.number:04d}/params.json"))["mirror"]
        for trial in trials
    ]
    further = [trial for trial in trials if "continues" in trial.user_attrs]
    assert any(machines[t.number] != machines[t.user_attrs["continues"]] for t in further)


@pytest.mark.slow
def test_a_sweep_that_could_not_upload_leaves_it_to_the_next(cut_off: CutOff, start: Start) -> None:
    store = cut_off.store
    program = start(store, 2, "pause")
    cut_off.cut(program, "notice Uploading the remaining results")
    program.send(signal.SIGINT)
    code, _, errors = program.end()
    assert code != 0
    assert errors.startswith(f"Not all results were uploaded to {store.url}. They are kept in ")
    cut_off.line.lay()
    code, _, errors = start(store, 2, "train").end()
    assert code == 0, errors
    assert all(there(cut_off.there_itself, number) == OF_A_TRIAL for number in range(2))


@pytest.mark.slow
def test_trials_that_are_newer_than_the_copy_of_the_database_are_taken_up(
    store: Store, scratch: Path
) -> None:
    sweep(store, n_trials=2)
    copy = {name: Remote(store.url).read(name) for name in ("studies.db", "studies.db.json")}
    values = [trial.value for trial in sweep(store, n_trials=4).trials]
    for name, content in copy.items():
        assert content is not None
        Remote(store.url).write(name, content)
    shutil.rmtree(scratch)
    heard: list[events.Event] = []
    study = sweep(store, n_trials=4, listener=heard.append)
    assert [trial.value for trial in study.trials] == values
    assert not [event for event in heard if isinstance(event, events.TrialStarted)]
    said = "Restored trials 2, 3, which started after the last copy of the database was made."
    assert events.Notice(said) in heard


@of_a_folder
def test_one_machine_at_a_time_sweeps_the_studies_of_a_database(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    first = start(store, 2, "wait")
    first.read_until("evaluated 0 10")
    monkeypatch.setenv("SWEEP_SCRATCH", str(tmp_path / "elsewhere"))
    with pytest.raises(BusyError) as raised:
        sweep(store, n_trials=2)
    assert str(raised.value) == (
        f"The studies in {store.url} are being swept by process {first.pid} on "
        f"{os.uname().nodename}, and only one machine can write to their database. Wait for "
        "it, stop it there with `sweep stop study`, or keep the studies in PostgreSQL, "
        "which several machines can share."
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://no-such-bucket/x", (
            "s3://no-such-bucket/x cannot be used: The specified bucket does not exist. Check "
            "the bucket and the credentials, or use other --results."
        )),
        ("s3://", "The results' URL 's3://' names no bucket: write it as in s3://bucket/sweeps."),
        ("nix://a/b", "The results' URL 'nix://a/b' cannot be used: Protocol not known: nix."),
        ("memory://a", (
            "The results in 'memory://a' would not be kept: use a bucket or a folder, as in "
            "s3://bucket/sweeps, gs://bucket/sweeps or abfs://container/sweeps."
        )),
        (Path("s3:/a/b"), (
            "s3:/a/b was a URL before it became a Path, which removed one of its slashes: give "
            "the results as a string."
        )),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_before_anything_is_trained(
    url: str,
    message: str,
    s3: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reach(Store("", s3), tmp_path / "scratch", monkeypatch)
    with pytest.raises((UsageError, StorageError)) as raised:
        sweep(Store(url), n_trials=1)
    assert str(raised.value) == message
