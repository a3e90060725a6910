"""What cleaning removes, and everything that it must keep."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from sweep import events
from sweep.errors import StorageError
from sweep.folder.atomic import write_json
from sweep.folder.free import Freed, free
from sweep.folder.layout import StudyFolder
from sweep.results.cleaning import Rules, plan
from sweep.results.configurations import MEAN
from sweep.results.ranking import best_trials, training_by_mean
from sweep.results.trials import trials_of
from sweep.schedule.confirmation import Confirmation
from sweep.storage.database import open_for_reading
from sweep.storage.reading import read_trials, summarize_study
from sweep.storage.url import storage_url
from tests import standin

Sweep = Callable[..., Any]


def planned(results: Path, keep: int, drop_events: bool = False) -> list[Freed]:
    return plan(storage_url(results), StudyFolder(results, "study"), Rules(keep, drop_events))


def numbers(plan: list[Freed]) -> list[int]:
    return [freed.number for freed in plan]


def ranking(study: optuna.Study) -> list[int]:
    complete = study.get_trials(states=(TrialState.COMPLETE,))
    return [t.number for t in sorted(complete, key=lambda t: t.value or 0.0, reverse=True)]


def checkpoint(results: Path, number: int) -> Path:
    return StudyFolder(results, "study").trial(number).model_dir / "checkpoint"


def add(study: optuna.Study, results: Path, state: TrialState | None = None, **attrs: Any) -> int:
    """A trial with a checkpoint, RUNNING unless told a state."""
    trial = optuna.Study.ask(study)
    for name, value in {"seed": 1, **attrs}.items():
        trial.set_user_attr(name, value)
    checkpoint(results, trial.number).parent.mkdir(parents=True)
    write_json(StudyFolder(results, "study").trial(trial.number).params, {"seed": 1})
    checkpoint(results, trial.number).write_text("30")
    if state is not None:
        optuna.Study.tell(study, trial, state=state)
    return trial.number


def test_the_best_keep_their_checkpoints_and_the_others_only_what_tells_of_them(
    sweep: Sweep, results: Path
) -> None:
    study = sweep(n_trials=5)
    best, second, *lesser = ranking(study)
    free(planned(results, keep=2))
    for number in (best, second):
        assert checkpoint(results, number).exists()
    for number in lesser:
        left = StudyFolder(results, "study").trial(number).folder.rglob("*")
        files = sorted(file.name for file in left if file.is_file())
        assert files == ["log.txt", "params.json", "result.json"]
    assert planned(results, keep=2) == []


def test_a_plan_touches_nothing(sweep: Sweep, results: Path) -> None:
    sweep(n_trials=3)
    before = sorted((results / "study").rglob("*"))
    assert len(planned(results, keep=0)) == 3
    assert sorted((results / "study").rglob("*")) == before


def test_failed_and_pruned_trials_keep_no_checkpoint(sweep: Sweep, results: Path) -> None:
    study = sweep(standin.study_of("fail nan loss"), n_trials=1)
    pruned = add(study, results, TrialState.PRUNED)
    assert numbers(planned(results, keep=9)) == [0, pruned]


def test_an_unfinished_trial_and_what_it_continues_keep_all(sweep: Sweep, results: Path) -> None:
    study = sweep(n_trials=1)
    first = add(study, results, TrialState.PRUNED)
    second = add(study, results, TrialState.PRUNED, continues=first)
    add(study, results, continues=second)  # RUNNING
    waiting = add(study, results)
    gone = add(study, results, TrialState.FAIL, continues=0)
    study.put_back(waiting)
    assert numbers(planned(results, keep=0)) == [0, gone]


def test_what_a_best_trial_continues_is_kept(sweep: Sweep, results: Path) -> None:
    study = sweep(n_trials=1)
    source = add(study, results, TrialState.PRUNED)
    trial = optuna.Study.ask(study)
    trial.set_user_attr("continues", source)
    optuna.Study.tell(study, trial, 2.0)
    assert numbers(planned(results, keep=1)) == [0]


def test_after_a_confirmation_the_trials_that_best_names_are_kept(
    sweep: Sweep, results: Path
) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        return standin.search_space(trial) | {"act": "train", "noise": 0.05}

    spec = standin.study_of(search_space=space)
    sweep(spec, n_trials=4)
    study = sweep(spec, confirmation=Confirmation(2, 3))
    engine = open_for_reading(storage_url(results))
    summary = summarize_study(engine, "study")
    read = summary, trials_of(summary, read_trials(engine, "study"))
    (by_value,) = best_trials(*read).numbers
    (by_mean,) = best_trials(*read, MEAN).numbers
    named = {by_value, by_mean, training_by_mean(*read, "median")}
    freed = set(numbers(planned(results, keep=1)))
    assert freed == {trial.number for trial in study.trials} - named


def test_a_pareto_front_is_kept_whole(sweep: Sweep, results: Path) -> None:
    spec = standin.study_of(metric=["score", "cost"], direction=["maximize", "minimize"])
    study = sweep(spec, n_trials=8)
    front = {trial.number for trial in study.best_trials}
    assert len(front) > 1
    assert set(numbers(planned(results, keep=1))) == set(range(8)) - front


def test_event_files_go_only_when_asked_for_and_exports_never(sweep: Sweep, results: Path) -> None:
    sweep(n_trials=1)
    model_dir = checkpoint(results, 0).parent
    for place in ("events.out.tfevents.1", "eval/events.out.tfevents.2", "export/1/saved_model.pb"):
        (model_dir / place).parent.mkdir(parents=True, exist_ok=True)
        (model_dir / place).write_text("x")
    (model_dir / "model.ckpt-10_temp").mkdir()
    (model_dir / "model.ckpt-10_temp" / "part").write_text("x")
    free(planned(results, keep=0))
    left = sorted(str(f.relative_to(model_dir)) for f in model_dir.rglob("*") if f.is_file())
    assert left == [
        "eval/events.out.tfevents.2",
        "events.out.tfevents.1",
        "export/1/saved_model.pb",
    ]
    free(planned(results, keep=0, drop_events=True))
    assert [f.name for f in model_dir.rglob("*") if f.is_file()] == ["saved_model.pb"]


def test_a_file_that_another_trial_shares_is_not_counted(sweep: Sweep, results: Path) -> None:
    sweep(n_trials=1)
    model_dir = checkpoint(results, 0).parent
    (model_dir / "model.ckpt-30.index").write_text("x" * 1000)
    (before,) = planned(results, keep=0)
    os.link(model_dir / "model.ckpt-30.index", results / "shared")
    (after,) = planned(results, keep=0)
    assert before.n_bytes - after.n_bytes == 1000


@pytest.mark.parametrize("linked", ["model", "model/checkpoint"])
def test_a_link_that_leads_out_of_the_folder_is_refused(
    sweep: Sweep, results: Path, tmp_path: Path, linked: str
) -> None:
    sweep(n_trials=2)
    path = StudyFolder(results, "study").trial(1).folder / linked
    elsewhere = path.rename(tmp_path / "elsewhere")
    path.symlink_to(elsewhere)
    with pytest.raises(StorageError, match=r"leads out of the study's folder, to .*/elsewhere"):
        planned(results, keep=0)


def test_the_folder_of_another_databases_study_is_left_alone(
    sweep: Sweep, results: Path, tmp_path: Path
) -> None:
    sweep(n_trials=1)
    standin.sweep(standin.study_of(), tmp_path / "other", n_trials=1, n_jobs=1, seed=2)
    with pytest.raises(StorageError) as raised:
        plan(storage_url(results), StudyFolder(tmp_path / "other", "study"), Rules(keep=0))
    assert str(raised.value) == (
        f"{tmp_path}/other/study/trial-0000 is not the folder of trial 0 in this database, "
        "so nothing was removed: use the right --results and --storage."
    )


def test_a_running_sweep_keeps_the_best_so_far(results: Path) -> None:
    heard: list[events.Event] = []
    held: list[list[int]] = []

    def listen(event: events.Event) -> None:
        heard.append(event)
        held.append([n for n in range(6) if checkpoint(results, n).exists()])

    study = standin.sweep(standin.study_of(), results, listen, n_trials=6, n_jobs=1, seed=1, keep=2)
    left = [number for number in range(6) if checkpoint(results, number).exists()]
    assert left == sorted(ranking(study)[:2])
    assert max(map(len, held)) == 3  # two, and the one that runs
    assert not any(isinstance(event, events.Notice) for event in heard)
