"""The main flow, with the stand-in instead of Estimator: real processes, a real database."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import distribution_to_json
from optuna.trial import TrialState

from sweep import events, location
from sweep.errors import Interrupted, StorageError, StudyError, UsageError
from sweep.flow.launch import sweep_study
from sweep.flow.options import Options
from sweep.folder.layout import TrialFolder
from sweep.search.samplers import SAMPLERS
from sweep.search.seeds import trial_seed
from sweep.storage.study import AskedStudy
from sweep.storage.url import storage_url
from sweep.study.loader import LoadedStudy
from sweep.study.spec import StudySpec
from sweep.trial.channel import Channel
from sweep.trial.messages import Ended, Order, Progressed, Started
from sweep.trial.outcome import AttemptState, Outcome
from tests import standin
from tests.running import ROOT
from tests.standin import MAX_STEPS, metrics_of, study_of, value_of

Sweep = Callable[..., AskedStudy]
GRID = [0.1, 0.5, 0.9]


def states(study: optuna.Study) -> list[str]:
    return [trial.state.name for trial in study.trials]


def params(study: optuna.Study) -> list[dict[str, Any]]:
    return [trial.params for trial in study.trials]


def space_of_three(trial: optuna.Trial) -> dict[str, Any]:
    return {"x": trial.suggest_categorical("x", GRID), "act": "train"}


def numeric_space(trial: optuna.Trial) -> dict[str, Any]:
    x = trial.suggest_float("x", 0, 1, step=0.25)
    return {"x": x, "layers": trial.suggest_int("layers", 1, 4), "act": "train"}


# How many trials, and which.


def test_the_value_of_a_trial_is_its_final_metric(sweep: Sweep) -> None:
    study = sweep(n_trials=2)
    assert states(study) == ["COMPLETE", "COMPLETE"]
    assert [trial.value for trial in study.trials] == [value_of(p) for p in params(study)]


def test_a_second_run_adds_only_what_is_missing(sweep: Sweep) -> None:
    first = params(sweep(n_trials=2))
    assert params(sweep(n_trials=3))[:2] == first
    assert len(sweep(n_trials=3).trials) == 3
    assert len(sweep(n_trials=1).trials) == 3


def test_the_study_file_says_how_many_trials_where_nobody_else_does(sweep: Sweep) -> None:
    assert len(sweep(study_of(n_trials=2)).trials) == 2


@pytest.mark.parametrize("n_jobs", [1, 2, 3])
def test_as_many_trials_as_jobs_run_at_a_time(sweep: Sweep, n_jobs: int) -> None:
    running = most = 0

    def count(event: events.Event) -> None:
        nonlocal running, most
        running += isinstance(event, events.TrialStarted) - isinstance(event, events.TrialEnded)
        most = max(most, running)

    sweep(n_trials=5, n_jobs=n_jobs, listener=count)
    assert (running, most) == (0, n_jobs)


@pytest.mark.parametrize(("n_jobs", "n_asked"), [(2, 2), (8, 9)])
def test_with_many_slots_the_next_trial_is_asked_for_before_there_is_one(
    sweep: Sweep, n_jobs: int, n_asked: int
) -> None:
    asked: list[int] = []
    asked_at_end: list[int] = []

    def act(number: int) -> str:
        asked.append(number)
        return "pause"

    def note(event: events.Event) -> None:
        if isinstance(event, events.SweepStarted):
            asked.clear()  # the check of the study has asked too
        elif isinstance(event, events.TrialEnded):
            asked_at_end.append(len(set(asked)))

    study = sweep(study_of(act), n_trials=10, n_jobs=n_jobs, listener=note)
    assert asked_at_end[0] == n_asked
    assert states(study) == ["COMPLETE"] * 10


def test_a_trial_that_was_asked_for_in_vain_is_the_next_one(sweep: Sweep, results: Path) -> None:
    def act(number: int) -> str:
        if number == 8:
            os.kill(os.getpid(), signal.SIGINT)
        return "pause"

    with pytest.raises(Interrupted):
        sweep(study_of(act), n_trials=10, n_jobs=8)
    left = optuna.load_study(study_name="study", storage=storage_url(results))
    assert (len(left.trials), states(left)[8]) == (9, "WAITING")

    study = sweep(n_trials=9, n_jobs=4)
    assert (states(study), params(study)) == (["COMPLETE"] * 9, params(left))


def test_the_same_seed_gives_the_same_trials(sweep: Sweep) -> None:
    one, same, other = (
        sweep(n_trials=3, seed=seed, name=name) for name, seed in [("a", 1), ("b", 1), ("c", 2)]
    )

    def seeds(study: optuna.Study) -> list[int]:
        return [trial.user_attrs["seed"] for trial in study.trials]

    assert (params(one), seeds(one)) == (params(same), seeds(same))
    assert not any(p in params(one) for p in params(other))
    assert not set(seeds(one)) & set(seeds(other))


def test_a_run_that_goes_on_repeats_no_params(sweep: Sweep) -> None:
    sweep(n_trials=3)
    sampled = params(sweep(n_trials=6, seed=None))
    assert len({trial["x"] for trial in sampled}) == 6


def test_a_study_without_a_seed_draws_one_and_keeps_it(sweep: Sweep) -> None:
    drawn = sweep(n_trials=1, seed=None).user_attrs["seed"]
    assert sweep(n_trials=2, seed=None).user_attrs["seed"] == drawn
    assert sweep(n_trials=1, seed=None, name="other").user_attrs["seed"] != drawn


def test_fixed_params_hold_in_every_trial(sweep: Sweep) -> None:
    study = sweep(n_trials=3, fixed={"layers": 2, "kind": "tanh"})
    assert [(p["layers"], p["kind"]) for p in params(study)] == [(2, "tanh")] * 3
    assert len({p["x"] for p in params(study)}) == 3


def test_enqueued_params_come_first_and_only_once(sweep: Sweep) -> None:
    enqueued = [{"x": 0.25}, {"x": 0.75, "layers": 3}]
    study = sweep(n_trials=3, enqueue=enqueued)
    assert [p["x"] for p in params(study)][:2] == [0.25, 0.75]
    assert params(study)[1]["layers"] == 3
    again = sweep(n_trials=4, enqueue=enqueued)
    assert states(again) == ["COMPLETE"] * 4
    assert params(again)[3]["x"] not in (0.25, 0.75)


# What a trial leaves behind.


def test_every_trial_has_a_folder_that_says_what_it_is(sweep: Sweep, results: Path) -> None:
    file = results.parent / "some_study.py"
    file.write_text("STUDY = …")
    study = sweep(n_trials=2, file=file)
    for trial in study.trials:
        folder = results / "study" / f"trial-{trial.number:04d}"
        assert json.loads((folder / "params.json").read_text()) == {
            "number": trial.number,
            "seed": trial.user_attrs["seed"],
            "study_file_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "suggested": trial.params,
            "attempt": 1,
            "record": {
                "distributions": {
                    name: distribution_to_json(d) for name, d in trial.distributions.items()
                },
                "attrs": {},
                "curve": {},
            },
            "params": {**trial.params, "act": "train"},
        }
        assert sorted(file.name for file in folder.iterdir()) == [
            "log.txt",
            "model",
            "params.json",
            "result.json",
        ]


def test_the_recorded_hash_is_that_of_the_file_that_was_loaded(sweep: Sweep, results: Path) -> None:
    file = results.parent / "some_study.py"
    file.write_text("as loaded")

    def edit(event: events.Event) -> None:
        if isinstance(event, events.TrialEnded):
            file.write_text("edited while the sweep runs")

    sweep(n_trials=2, file=file, listener=edit)
    recorded = [
        json.loads(path.read_text())["study_file_sha256"]
        for path in sorted(results.glob("study/*/params.json"))
    ]
    assert recorded == [hashlib.sha256(b"as loaded").hexdigest()] * 2


def test_a_study_that_goes_on_with_an_edited_file_says_so_once(sweep: Sweep, results: Path) -> None:
    file = results.parent / "some_study.py"
    file.write_text("as it was")

    def told(n_trials: int) -> list[str]:
        heard: list[events.Event] = []
        sweep(n_trials=n_trials, file=file, listener=heard.append)
        return [event.text for event in heard if isinstance(event, events.Notice)]

    assert told(1) == []
    file.write_text("edited")
    assert told(2) == [
        f"{file} has changed since the study's last trials ran: the values of new trials may not "
        "be comparable with theirs."
    ]
    assert told(3) == []


def test_the_result_lies_in_the_folder_as_it_was_told(sweep: Sweep, results: Path) -> None:
    (trial,) = sweep(n_trials=1).trials
    metrics = [metrics_of(trial.params, step) for step in (10, 20, 30)]
    result = json.loads((results / "study/trial-0000/result.json").read_text())
    assert result == {
        "attempt": 1,
        "state": "COMPLETE",
        "metrics": metrics[-1],
        "failure": None,
        "evaluations": [{"step": step, **m} for step, m in zip((10, 20, 30), metrics, strict=True)],
        "seconds": {"build": 0.25, "train": 1.5},
        "host": platform.node(),
    }


def test_the_log_holds_what_the_trial_printed(sweep: Sweep, results: Path) -> None:
    sweep(study_of("raise"), n_trials=1)
    log = (results / "study/trial-0000/log.txt").read_text()
    assert log.startswith("attempt 1 trains from step 0\nTraceback (most recent call last):\n")
    assert log.endswith("\nRuntimeError: the stand-in was told to raise\n")


def test_what_loading_the_study_printed_lies_in_its_folder(results: Path) -> None:
    loaded = LoadedStudy(study_of(), "study", None, output="a warning\n")
    options = Options(results=results, n_trials=1, n_jobs=1)
    sweep_study(loaded, options, lambda event: None, standin.stand_in)
    assert (results / "study/load.txt").read_text() == "a warning\n"


def test_user_attrs_describe_the_trial(sweep: Sweep, results: Path) -> None:
    trial = sweep(study_of("fail nan loss: at step 30"), n_trials=1).trials[0]
    assert trial.user_attrs == {
        "attempts": 1,
        "seed": trial_seed(1, 0),
        "model_dir": str(results.resolve() / "study/trial-0000/model"),
        "metrics_score": value_of(trial.params),
        "metrics_cost": trial.params["x"],
        "metrics_global_step": MAX_STEPS,
        "failure": "nan loss: at step 30",
        "host": platform.node(),
    }
    complete = sweep(n_trials=1, name="other").trials[0].user_attrs
    assert (complete["build_seconds"], complete["train_seconds"]) == (0.25, 1.5)
    assert "failure" not in complete


def test_every_evaluation_is_an_intermediate_value(sweep: Sweep) -> None:
    (trial,) = sweep(n_trials=1).trials
    assert trial.intermediate_values == {s: value_of(trial.params, s) for s in (10, 20, 30)}


def test_the_events_tell_the_story_of_a_trial(sweep: Sweep, results: Path) -> None:
    heard: list[events.Event] = []
    (trial,) = sweep(n_trials=1, listener=heard.append).trials
    assert isinstance(heard[0], events.SweepStarted)
    start = events.SweepStarted(
        identity=heard[0].identity,
        study_name="study",
        metrics=("score",),
        directions=("maximize",),
        folder=results.resolve() / "study",
        n_trials=1,
        can_grow=True,
        finished=(),
        n_jobs=1,
    )
    story: list[events.Event] = [
        start,
        events.TrialStarted(0, 1, trial.params),
        events.TrialProgressed(0, 0, MAX_STEPS),
    ]
    for step in (10, 20, 30):
        metrics = metrics_of(trial.params, step)
        story += [
            events.TrialProgressed(0, step, MAX_STEPS),
            events.TrialEvaluated(0, step, metrics),
        ]
    assert heard == [*story, events.TrialEnded(trial)]


def test_a_second_run_is_told_of_the_finished_trials(sweep: Sweep) -> None:
    heard: list[events.Event] = []
    finished = sweep(study_of(lambda n: "fail x" if n == 0 else "train"), n_trials=2).trials
    sweep(n_trials=2, listener=heard.append)
    (start,) = heard
    assert isinstance(start, events.SweepStarted)
    assert list(start.finished) == finished


# Trials that end otherwise.


def test_a_trial_that_another_tells_before_it_evaluates_stays_as_told(
    sweep: Sweep, results: Path
) -> None:
    def tell(event: events.Event) -> None:
        if isinstance(event, events.TrialStarted) and event.number == 0:
            theirs = optuna.load_study(study_name="study", storage=storage_url(results))
            theirs.tell(0, state=TrialState.FAIL)

    study = sweep(n_trials=2, listener=tell)
    assert states(study) == ["FAIL", "COMPLETE"]
    assert study.trials[0].intermediate_values == {}


@pytest.mark.parametrize(
    ("act", "failure"),
    [
        ("fail exception: ValueError: no", "exception: ValueError: no"),
        ("raise", "exit: the process ended with code 1"),
        ("exit 3", "exit: the process ended with code 3"),
        ("exit 0", "exit: the process ended with code 0"),
        ("die SIGKILL", "signal: SIGKILL"),
        ("die SIGTERM", "signal: SIGTERM"),
    ],
)
def test_a_failing_trial_fails_with_its_reason_and_the_others_go_on(
    sweep: Sweep, act: str, failure: str
) -> None:
    study = sweep(study_of(lambda number: act if number == 1 else "train"), n_trials=3)
    assert states(study) == ["COMPLETE", "FAIL", "COMPLETE"]
    assert study.trials[1].user_attrs["failure"] == failure


def line_of(function: Callable[..., Any], offset: int) -> str:
    place = location.short(Path(__file__))
    return f"{place}, line {function.__code__.co_firstlineno + offset}"


def test_a_search_space_that_raises_fails_its_trial_alone(sweep: Sweep) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        if trial.study.study_name == "study" and trial.number == 1:
            raise ValueError("not this time")
        return standin.search_space(trial) | {"act": "train"}

    study = sweep(study_of(search_space=space), n_trials=3)
    assert states(study) == ["COMPLETE", "FAIL", "COMPLETE"]
    assert study.trials[1].user_attrs["failure"] == (
        f"exception: {line_of(space, 2)}: `search_space` raised ValueError: not this time"
    )


def test_a_search_space_that_raises_now_and_then_is_swept(sweep: Sweep) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        if trial.number == 1:
            raise ValueError("not this time")
        return standin.search_space(trial) | {"act": "train"}

    study = sweep(study_of(search_space=space), n_trials=3)
    assert states(study) == ["COMPLETE", "FAIL", "COMPLETE"]


def test_a_pruned_trial_ends_at_once_and_keeps_its_last_value(sweep: Sweep, results: Path) -> None:
    good = [{"x": x} for x in (0.5, 0.49, 0.51, 0.48, 0.52)]
    study = sweep(study_of(pruner="median"), n_trials=6, enqueue=[*good, {"x": 0.0}])
    assert states(study) == ["COMPLETE"] * 5 + ["PRUNED"]
    pruned = study.trials[5]
    assert pruned.value == value_of(pruned.params, 10)
    assert pruned.intermediate_values == {10: pruned.value}
    assert (results / "study/trial-0005/model/checkpoint").read_text() == "10\n"


def test_the_pruner_of_the_command_goes_before_the_study_files(sweep: Sweep) -> None:
    good = [{"x": x} for x in (0.5, 0.49, 0.51, 0.48, 0.52)]
    enqueue = [*good, {"x": 0.0}]
    study = sweep(study_of(pruner="median"), n_trials=6, enqueue=enqueue, pruner="none")
    assert states(study) == ["COMPLETE"] * 6


# Several metrics.


def test_several_metrics_make_several_values(sweep: Sweep) -> None:
    spec = study_of(metric=("score", "cost"), direction=("maximize", "minimize"))
    study = sweep(spec, n_trials=2)
    assert study.metric_names == ["score", "cost"]
    assert [d.name for d in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert [t.values for t in study.trials] == [[value_of(p), p["x"]] for p in params(study)]
    assert all(trial.intermediate_values == {} for trial in study.trials)


def test_several_metrics_cannot_be_pruned(sweep: Sweep, results: Path) -> None:
    spec = study_of(metric=("score", "cost"), direction=("maximize", "minimize"), pruner="median")
    with pytest.raises(UsageError) as raised:
        sweep(spec, n_trials=1)
    assert str(raised.value) == (
        "MedianPruner compares one value of each trial, but this study has 2 metrics: use "
        "rungs, which compare all metrics, instead of the pruner, or name one metric."
    )
    assert not results.exists()


# Samplers.


@pytest.mark.parametrize(
    "name",
    # PyTorch, which GPSampler is built on, takes long to import.
    [pytest.param(name, marks=pytest.mark.slow) if name == "gp" else name for name in SAMPLERS],
)
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_every_sampler_samples(sweep: Sweep, name: str) -> None:
    for package in {"gp": ["scipy", "torch"], "cmaes": ["cmaes"], "qmc": ["scipy"]}.get(name, []):
        pytest.importorskip(package)
    study = sweep(study_of(search_space=numeric_space), n_trials=3, sampler=name)
    assert states(study) == ["COMPLETE"] * 3
    assert isinstance(study.sampler, getattr(optuna.samplers, SAMPLERS[name]))


@pytest.mark.parametrize("pruner", ["none", "hyperband"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_grid_ends_the_sweep_when_it_is_exhausted(sweep: Sweep, pruner: str, n_jobs: int) -> None:
    spec = study_of(search_space=space_of_three)
    study = sweep(spec, n_trials=20, sampler="grid", pruner=pruner, n_jobs=n_jobs)
    assert {trial["x"] for trial in params(study)} == set(GRID)
    assert len(study.trials) < 3 + n_jobs
    assert states(study) == ["COMPLETE"] * len(study.trials)


def test_an_exhausted_grid_stays_exhausted(sweep: Sweep) -> None:
    spec = study_of(search_space=space_of_three, sampler="grid")
    sweep(spec, n_trials=20)
    assert len(sweep(spec, n_trials=20).trials) == 3


def test_a_sampler_of_the_study_file_is_used_as_it_is(sweep: Sweep) -> None:
    sampler = optuna.samplers.GridSampler({"x": GRID})
    study = sweep(study_of(search_space=space_of_three, sampler=sampler), n_trials=20)
    assert study.sampler is sampler
    assert sorted(trial["x"] for trial in params(study)) == GRID


# What is refused, before anything is trained.


@pytest.mark.parametrize("option", ["fixed", "enqueue"])
def test_a_param_that_the_search_space_lacks_is_refused(
    sweep: Sweep, results: Path, option: str
) -> None:
    given: Any = {"speed": 3} if option == "fixed" else [{"x": 0.5}, {"speed": 3}]
    name = "--param" if option == "fixed" else "--enqueue"
    with pytest.raises(UsageError) as raised:
        sweep(n_trials=1, **{option: given})
    assert str(raised.value) == (
        f"{name} names 'speed', which the search space does not have; it has x, rate, layers, kind."
    )
    assert not results.exists()


def raising_space(trial: optuna.Trial) -> dict[str, Any]:
    raise KeyError("rate")


def space_of_nothing(trial: optuna.Trial) -> None:
    trial.suggest_float("x", 0, 1)


def space_of_a_list(trial: optuna.Trial) -> list[float]:
    return [trial.suggest_float("x", 0, 1)]


@pytest.mark.parametrize(
    ("space", "line", "wrong"),
    [
        (raising_space, 1, "`search_space` raised KeyError: 'rate'"),
        (
            space_of_nothing,
            0,
            "`search_space` must return a dict of params by name, but returned None.",
        ),
        (
            space_of_a_list,
            0,
            "`search_space` must return a dict of params by name, but returned "
            "[0.5488135039273248].",
        ),
    ],
)
def test_a_search_space_that_cannot_be_used_is_refused_before_anything_is_made(
    sweep: Sweep, results: Path, space: Callable[[optuna.Trial], Any], line: int, wrong: str
) -> None:
    with pytest.raises(StudyError) as raised:
        sweep(study_of(search_space=space), n_trials=1)
    assert str(raised.value) == f"{line_of(space, line)}: {wrong}"
    assert not results.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_trials": 0}, "A study needs at least one trial, but got n_trials=0."),
        ({"n_jobs": 0}, "At least one trial must run at a time, but got n_jobs=0."),
        (
            {"sampler": "best"},
            "There is no sampler 'best'; there are tpe, gp, cmaes, random, grid, qmc, nsgaii.",
        ),
        (
            {"pruner": "best"},
            "There is no pruner 'best'; there are none, median, percentile, patient, "
            "threshold, wilcoxon, hyperband, asha.",
        ),
        (
            {"name": "../elsewhere"},
            "A study's name becomes a folder: '../elsewhere' must be 1 to 80 characters of "
            "A-Z, a-z, 0-9, '.', '_' and '-', and must not start with '.'.",
        ),
    ],
)
def test_an_option_that_cannot_be_used_is_refused_before_anything_is_made(
    sweep: Sweep, results: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        sweep(**options)
    assert str(raised.value) == message
    assert not results.exists()


def test_a_changed_direction_is_refused(sweep: Sweep) -> None:
    before = sweep(n_trials=1)
    with pytest.raises(StorageError) as raised:
        sweep(study_of(direction="minimize"), n_trials=2)
    assert str(raised.value) == (
        "Study 'study' in the database is to maximize score, but the study file says "
        "minimize score: change the file back, or start another study with --name, and use "
        "--from study for the trials that fit."
    )
    assert len(before.trials) == 1


def test_a_changed_metric_is_refused(sweep: Sweep) -> None:
    sweep(n_trials=1)
    with pytest.raises(StorageError) as raised:
        sweep(study_of(metric=("cost", "score"), direction=("minimize", "maximize")), n_trials=2)
    assert str(raised.value) == (
        "Study 'study' in the database is to maximize score, but the study file says "
        "minimize cost and maximize score: change the file back, or start another study "
        "with --name, and use --from study for the trials that fit."
    )


def test_a_changed_search_space_is_refused_before_anything_is_asked(sweep: Sweep) -> None:
    before = sweep(study_of(search_space=numeric_space), n_trials=1)

    def changed(trial: optuna.Trial) -> dict[str, Any]:
        return {"x": trial.suggest_float("x", 0, 2, step=0.25), "act": "train"}

    with pytest.raises(StudyError) as raised:
        sweep(study_of(search_space=changed), n_trials=2, enqueue=[{"x": 2.0}])
    assert "x was a number from 0.0 to 1.0 in steps of 0.25 and is now " in str(raised.value)
    assert len(before.trials) == 1


def test_another_seed_is_refused(sweep: Sweep) -> None:
    before = sweep(n_trials=1, seed=1)
    with pytest.raises(UsageError) as raised:
        sweep(n_trials=2, seed=2)
    assert str(raised.value) == (
        "Study 'study' was started with seed 1, not 2: leave --seed out to continue it, or start "
        "another study with --name."
    )
    assert len(before.trials) == 1


def test_the_folder_of_a_trial_that_the_study_lacks_is_refused(sweep: Sweep, results: Path) -> None:
    model = results / "study/trial-0007/model"
    model.mkdir(parents=True)
    with pytest.raises(UsageError) as raised:
        sweep(n_trials=1)
    assert str(raised.value) == (
        f"{results.resolve() / 'study'} holds the folder of trial 7, which the study in the "
        "database does not have: move the folder away, or choose another --name."
    )
    assert [path.name for path in (results / "study").iterdir()] == ["trial-0007"]


def test_a_run_that_is_refused_enqueues_nothing(sweep: Sweep, results: Path) -> None:
    (results / "study/trial-0007").mkdir(parents=True)
    with pytest.raises(UsageError):
        sweep(n_trials=1, enqueue=[{"x": 0.5}])
    storage = f"sqlite:///{results}/studies.db"
    assert optuna.get_all_study_names(storage) == []


def test_a_results_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(StorageError) as raised:
        standin.sweep(study_of(), file / "results", n_jobs=1)
    assert str(raised.value) == f"The folder {file}/results cannot be created: Not a directory."


def test_a_study_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    storage = f"sqlite:///{tmp_path}/studies.db"
    with pytest.raises(StorageError) as raised:
        standin.sweep(study_of(), file, n_jobs=1, storage=storage)
    assert str(raised.value) == (
        f"The folder {file.resolve()}/study cannot be written to: Not a directory. Choose another "
        "folder with --results."
    )
    assert optuna.get_all_study_names(storage) == []


# The asking process.


def test_the_asking_process_never_imports_tensorflow(results: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.standin import study_of, sweep; "
        f"study = sweep(study_of(), Path({str(results)!r}), n_trials=1, n_jobs=1); "
        "print(len(study.trials), [name for name in sys.modules if 'tensorflow' in name])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "1 []\n"


def test_the_study_is_an_ordinary_one_that_optuna_goes_on_with(sweep: Sweep, results: Path) -> None:
    sweep(n_trials=1)
    study = optuna.load_study(study_name="study", storage=f"sqlite:///{results}/studies.db")
    study.optimize(lambda trial: value_of(standin.search_space(trial)), n_trials=1)
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 2
    assert states(sweep(n_trials=3)) == ["COMPLETE"] * 3


def test_two_results_folders_never_meet(sweep: Sweep, tmp_path: Path) -> None:
    sweep(n_trials=1)
    other = standin.sweep(study_of(), tmp_path / "other", n_trials=1, n_jobs=1)
    assert re.fullmatch(r".*/other/study/trial-0000/model", other.trials[0].user_attrs["model_dir"])


def test_a_trial_is_not_given_up_at_its_last_evaluation(sweep: Sweep) -> None:
    class Always(optuna.pruners.BasePruner):
        def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
            return trial.last_step == standin.MAX_STEPS

    (trial,) = sweep(study_of(pruner=Always()), n_trials=1).trials
    assert trial.state.name == "COMPLETE"


def test_a_grid_with_a_param_held_fixed_is_refused(sweep: Sweep) -> None:
    with pytest.raises(UsageError) as raised:
        sweep(study_of(search_space=space_of_three), sampler="grid", fixed={"x": GRID[0]})
    assert str(raised.value) == (
        "A grid tries every combination, which --param cannot narrow: narrow the search space in "
        "the study file, or choose another sampler."
    )


def test_a_param_both_fixed_and_enqueued_is_refused(sweep: Sweep) -> None:
    with pytest.raises(UsageError) as raised:
        sweep(fixed={"layers": 2}, enqueue=[{"layers": 3}])
    assert str(raised.value) == (
        "--enqueue gives layers=3, but --param holds it at 2: leave one of them out."
    )


def speak_on(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    """Says that the trial is complete, and goes on to speak of it."""
    if order.check_only:
        return standin.stand_in(spec, order, folder, channel)
    channel.send(Started(MAX_STEPS))
    channel.send(Ended(Outcome(AttemptState.COMPLETE, metrics_of(order.params, MAX_STEPS))))
    channel.send(Progressed(MAX_STEPS + 1))
    time.sleep(standin.FOREVER)
    raise AssertionError("nobody ended it")


def test_what_is_said_of_a_trial_that_has_ended_is_passed_over(results: Path) -> None:
    heard: list[events.Event] = []
    options = Options(results=results, n_trials=3, n_jobs=1)
    loaded = LoadedStudy(study_of(), "study", None)
    study = sweep_study(loaded, options, heard.append, speak_on)
    assert states(study) == ["COMPLETE"] * 3
    steps = [event.step for event in heard if isinstance(event, events.TrialProgressed)]
    assert steps == [0, 0, 0]
