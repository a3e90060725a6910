"""Configurations trained in legs, each a trial that continues another."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import BaseDistribution
from optuna.samplers import BruteForceSampler
from optuna.trial import FrozenTrial, TrialState

from sweep import events
from sweep.errors import UsageError
from sweep.flow.extension import Extension
from sweep.folder.layout import StudyFolder
from sweep.results.cleaning import Rules, plan
from sweep.schedule.base import configuration
from sweep.schedule.objective import Objective
from sweep.schedule.population import Population
from sweep.schedule.rungs import Rungs
from sweep.storage.study import AskedStudy
from sweep.storage.url import storage_url
from tests.processes import Program
from tests.schedule.trials import MAXIMIZE
from tests.standin import MAX_STEPS, study_of, value_of

Sweep = Callable[..., AskedStudy]
Start = Callable[..., Program]
RUNGS = Rungs(3, 3)  # after 3, 10 and 30 steps
OBJECTIVES = {
    "rungs": MAXIMIZE,
    "two metrics": Objective(("score", "cost"), ("maximize", "minimize")),
}


def load(results: Path) -> list[FrozenTrial]:
    url = f"sqlite:///{results}/studies.db"
    return optuna.load_study(study_name="study", storage=url).trials


def on_rungs(trials: list[FrozenTrial]) -> list[int]:
    """How many trials have reached each rung."""
    reached = Counter(t.user_attrs["rung"] for t in trials if t.state.name != "FAIL")
    return [reached[rung] for rung in range(3)]


def has_checkpoint(results: Path, trial: FrozenTrial) -> bool:
    return (results / f"study/trial-{trial.number:04d}/model/checkpoint").exists()


# Rungs.


def test_a_third_of_each_rung_goes_on_to_the_next(sweep: Sweep) -> None:
    trials = sweep(n_trials=9, scheduler=RUNGS).trials
    assert on_rungs(trials) == [9, 3, 1]
    ends = {0: ("PRUNED", 3), 1: ("PRUNED", 10), 2: ("COMPLETE", 30)}
    for trial in trials:
        state, step = ends[trial.user_attrs["rung"]]
        assert (trial.state.name, trial.last_step) == (state, step)
        assert trial.value == value_of(trial.params, step)
        assert trial.user_attrs.get("paused_at") == (None if step == MAX_STEPS else step)


def test_a_continuation_has_the_params_the_seed_the_checkpoint_and_the_curve_of_its_source(
    sweep: Sweep, results: Path
) -> None:
    trials = sweep(n_trials=3, scheduler=RUNGS).trials
    (promoted,) = [trial for trial in trials if "continues" in trial.user_attrs]
    source = trials[promoted.user_attrs["continues"]]
    assert promoted.params == source.params
    assert promoted.user_attrs["seed"] == source.user_attrs["seed"]
    assert promoted.user_attrs["configuration"] == source.number
    log = results / f"study/trial-{promoted.number:04d}/log.txt"
    assert log.read_text() == "attempt 1 trains from step 3\n"
    assert promoted.intermediate_values == {s: value_of(source.params, s) for s in (3, 10)}


class Onlooker(optuna.samplers.RandomSampler):
    """Notes which configurations it could learn from, each time that it is asked for params."""

    def __init__(self) -> None:
        super().__init__(seed=1)
        self.seen: list[list[int]] = []
        self.states: set[TrialState] = set()

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        known = study.get_trials(deepcopy=False)
        self.seen.append([configuration(other) for other in known])
        self.states |= {other.state for other in known if other.number != trial.number}
        return super().infer_relative_search_space(study, trial)


def test_a_sampler_is_shown_each_configuration_once(sweep: Sweep) -> None:
    sampler = Onlooker()
    sweep(n_trials=9, n_jobs=2, scheduler=RUNGS, sampler=sampler)
    assert len(sampler.seen) == 9
    assert all(len(set(seen)) == len(seen) for seen in sampler.seen)


def test_a_sampler_that_may_need_complete_trials_sees_paused_ones_so(sweep: Sweep) -> None:
    sampler = Onlooker()
    sweep(n_trials=9, scheduler=RUNGS, sampler=sampler)
    assert sampler.states == {TrialState.COMPLETE}


def test_cmaes_comes_to_further_generations_on_rungs(sweep: Sweep) -> None:
    pytest.importorskip("cmaes")

    def space(trial: optuna.Trial) -> dict[str, Any]:
        params = {name: trial.suggest_float(name, 0, 1) for name in ("x", "y")}
        return params | {"act": "train"}

    study = sweep(study_of(search_space=space), n_trials=14, scheduler=Rungs(3, 3), sampler="cmaes")
    generations = [trial.system_attrs.get("cma:generation", 0) for trial in study.trials]
    assert max(generations) > 0


def test_the_study_keeps_its_rungs_and_a_larger_total_adds_configurations(sweep: Sweep) -> None:
    sweep(n_trials=3, scheduler=RUNGS)
    trials = sweep(n_trials=9).trials
    assert on_rungs(trials) == [9, 3, 1]


def test_a_study_file_may_name_the_rungs(sweep: Sweep) -> None:
    assert on_rungs(sweep(study_of(scheduler=RUNGS), n_trials=3).trials) == [3, 1, 0]


def test_a_study_file_that_names_other_rungs_than_the_study_has_is_told_of(sweep: Sweep) -> None:
    said: list[events.Event] = []
    sweep(study_of(scheduler=RUNGS), n_trials=3, listener=said.append)
    assert not any(
        isinstance(event, events.Notice) and "continues with" in event.text for event in said
    )
    sweep(study_of(scheduler=Rungs(2, 3)), n_trials=3, listener=said.append)
    notice = events.Notice(
        "Study 'study' continues with 3 rungs by a factor of 3, as it was started. The study file "
        "now says 2 rungs by a factor of 3, which only a new study would use."
    )
    assert said.count(notice) == 1


def test_checkpoints_stay_only_where_they_may_be_continued(sweep: Sweep, results: Path) -> None:
    trials = sweep(n_trials=9, scheduler=RUNGS).trials
    promoted = {trial.user_attrs.get("continues") for trial in trials}
    for trial in trials:
        assert has_checkpoint(results, trial) == (trial.number not in promoted)


def test_cleaning_leaves_what_may_be_continued(sweep: Sweep, results: Path) -> None:
    sweep(n_trials=4, scheduler=RUNGS)
    paths = StudyFolder(results, "study")
    assert plan(storage_url(results), paths, Rules(keep=0)) == []


def test_a_grid_that_is_exhausted_goes_on_promoting(sweep: Sweep) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        return {"x": trial.suggest_categorical("x", [0.1, 0.5, 0.9]), "act": "train"}

    spec = study_of(search_space=space)
    assert on_rungs(sweep(spec, n_trials=20, sampler="grid", scheduler=RUNGS).trials) == [3, 1, 0]


def test_a_continuation_that_failed_is_retried_from_its_source(sweep: Sweep, results: Path) -> None:
    def act(number: int) -> str:
        return "fail nan loss: x" if number == 3 else "train"

    before = sweep(study_of(act), n_trials=3, scheduler=RUNGS).trials
    assert [trial.state.name for trial in before] == ["PRUNED"] * 3 + ["FAIL"]
    source = before[before[3].user_attrs["continues"]]
    assert has_checkpoint(results, source)

    said: list[events.Event] = []
    after = sweep(retry="nan loss", listener=said.append).trials
    assert on_rungs(after) == [3, 1, 0]
    assert not any(isinstance(event, events.Notice) for event in said)  # --trials is not retry's
    assert after[4].user_attrs["continues"] == source.number
    log = results / "study/trial-0004/log.txt"
    assert log.read_text() == "attempt 1 trains from step 3\n"
    assert not has_checkpoint(results, source)


@pytest.mark.parametrize("scheduler", [RUNGS, Population(3, 3)])
@pytest.mark.slow
def test_what_is_enqueued_beyond_the_total_waits_until_there_is_room(
    sweep: Sweep, scheduler: Any
) -> None:
    enqueue = [{"x": x} for x in (0.5, 0.1, 0.2, 0.3, 0.4)]
    total = 3 if scheduler is RUNGS else None
    trials = sweep(n_trials=total, scheduler=scheduler, enqueue=enqueue).trials
    assert [t.number for t in trials if t.state.name == "WAITING"] == [3, 4]


@pytest.mark.parametrize("evaluate_every", [1, 3])  # on the way to the rung, or only there
def test_a_trial_that_is_stopped_is_not_promoted(
    sweep: Sweep, results: Path, evaluate_every: int
) -> None:
    def stop_the_best(event: events.Event) -> None:
        if isinstance(event, events.TrialEvaluated) and event.number == 0:
            (results / "study/trial-0000/stop").touch()

    enqueue = [{"x": 0.5}, {"x": 0.1}, {"x": 0.2}]
    trials = sweep(
        study_of(lambda number: "wait" if number == 0 else "train"),
        n_trials=3,
        scheduler=RUNGS,
        enqueue=enqueue,
        evaluate_every=evaluate_every,
        listener=stop_the_best,
    ).trials
    assert [trial.state.name for trial in trials] == ["PRUNED"] * 3
    assert ["paused_at" in trial.user_attrs for trial in trials] == [False, True, True]


@pytest.mark.slow
@pytest.mark.parametrize("scheduler", ["rungs", "population", "two metrics"])
def test_killing_the_sweep_again_and_again_loses_nothing(
    program: Start, results: Path, scheduler: str
) -> None:
    draw = random.Random(scheduler)
    n_trials = 4 if scheduler == "population" else 9
    for _ in range(4):
        killed = program(n_trials, "pause", scheduler=scheduler)
        killed.read_until("started")
        time.sleep(draw.uniform(0, 2))
        killed.send(signal.SIGKILL)
        assert killed.has_ended_whole()
    code, _, errors = program(n_trials, "train", scheduler=scheduler).end()
    assert (code, errors) == (0, "")
    trials = load(results)
    assert {trial.state.name for trial in trials} == {"PRUNED", "COMPLETE"}
    sources = [trial.user_attrs.get("continues") for trial in trials]
    if scheduler != "population":
        objective = OBJECTIVES[scheduler]
        assert RUNGS.next_leg(trials, objective) is None
        configurations = [
            trial for trial, source in zip(trials, sources, strict=True) if source is None
        ]
        assert len(configurations) == 9
        assert Counter(sources).most_common(2)[1][1] == 1  # none was promoted twice
    else:
        last_legs = [t for t in trials if t.user_attrs["leg"] == 2]
        assert {t.user_attrs["member"] for t in last_legs} == {0, 1, 2, 3}
    for trial in trials:
        source = trial.user_attrs.get("continues")
        begin = 0 if source is None else trials[source].user_attrs["metrics_global_step"]
        log = (results / f"study/trial-{trial.number:04d}/log.txt").read_text()
        assert log.splitlines()[0].endswith(f" trains from step {begin}")


@pytest.mark.slow
@pytest.mark.parametrize("scheduler", ["rungs", "population"])
def test_sweeps_that_share_a_server_train_each_leg_once(
    program: Start, postgres_url: str, scheduler: str
) -> None:
    n_trials = {"rungs": 9, "population": 4}[scheduler]
    sweeps = [program(n_trials, "train", postgres_url, scheduler=scheduler) for _ in range(2)]
    ends = [running.end() for running in sweeps]
    assert [code for code, _, _ in ends] == [0, 0]
    trials = optuna.load_study(study_name="study", storage=postgres_url).trials
    assert {trial.state.name for trial in trials} == {"PRUNED", "COMPLETE"}
    started = [line for _, output, _ in ends for line in output.splitlines() if "started" in line]
    assert sorted(started) == sorted(f"started {trial.number} 1" for trial in trials)
    if scheduler == "rungs":
        sources = Counter(trial.user_attrs.get("continues") for trial in trials)
        assert sources.pop(None) == 9
        assert set(sources.values()) == {1}
        assert RUNGS.next_leg(trials, MAXIMIZE) is None
    else:
        legs = Counter((t.user_attrs["member"], t.user_attrs["leg"]) for t in trials)
        assert set(legs.values()) == {1}
        assert {member for member, leg in legs if leg == 2} == {0, 1, 2, 3}


# Populations.


def test_every_member_trains_to_the_end_and_the_worst_copy_the_best(sweep: Sweep) -> None:
    trials = sweep(scheduler=Population(5, 3)).trials
    complete = [trial for trial in trials if trial.state.name == "COMPLETE"]
    assert {trial.user_attrs["member"] for trial in complete} == set(range(5))
    assert all(trial.last_step == MAX_STEPS for trial in complete)
    copies = [
        trial
        for trial in trials
        if "continues" in trial.user_attrs
        and trials[trial.user_attrs["continues"]].user_attrs["member"] != trial.user_attrs["member"]
    ]
    assert copies
    for copy in copies:
        source = trials[copy.user_attrs["continues"]]
        assert copy.params["x"] != source.params["x"]
        assert copy.params["layers"] == source.params["layers"]


def test_only_the_last_legs_keep_their_checkpoints(sweep: Sweep, results: Path) -> None:
    trials = sweep(scheduler=Population(3, 3)).trials
    kept = [trial for trial in trials if has_checkpoint(results, trial)]
    assert [trial.state.name for trial in kept] == ["COMPLETE"] * 3


def test_a_member_that_is_tried_again_stays_the_same_member(sweep: Sweep) -> None:
    def act(number: int) -> str:
        return "fail nan loss: x" if number == 0 else "train"

    sweep(study_of(act), scheduler=Population(3, 2))
    trials = sweep(retry="nan loss").trials
    complete = [trial for trial in trials if trial.state.name == "COMPLETE"]
    assert {trial.user_attrs["member"] for trial in complete} == {0, 1, 2}


# Further than the study's end.


def test_the_best_are_trained_further(sweep: Sweep, results: Path) -> None:
    before = sweep(n_trials=4).trials
    best = sorted(before, key=lambda trial: -float(trial.value or 0))[:2]
    after = sweep(extension=Extension(top=2, max_steps=50)).trials[4:]
    assert [trial.user_attrs["continues"] for trial in after] == [trial.number for trial in best]
    for trial, source in zip(after, best, strict=True):
        assert (trial.state.name, trial.last_step) == ("COMPLETE", 50)
        assert trial.value == value_of(source.params, 50)
        log = results / f"study/trial-{trial.number:04d}/log.txt"
        assert log.read_text() == "attempt 1 trains from step 30\n"


def test_members_of_a_population_with_a_common_ancestor_are_all_trained_further(
    sweep: Sweep,
) -> None:
    before = sweep(scheduler=Population(4, 3), seed=3).trials
    members = [trial for trial in before if trial.state is TrialState.COMPLETE]
    assert len(members) == 4
    assert len({configuration(trial) for trial in members}) < 4
    after = sweep(extension=Extension(top=4, max_steps=50), seed=3).trials[len(before) :]
    continued = {trial.user_attrs["continues"] for trial in after}
    assert continued == {trial.number for trial in members}


def test_the_same_extension_again_trains_nothing_and_a_longer_one_goes_on(sweep: Sweep) -> None:
    sweep(n_trials=2)
    sweep(extension=Extension(1, 50))
    with pytest.raises(UsageError) as raised:
        sweep(extension=Extension(1, 50))
    assert str(raised.value) == (
        "The best trials of study 'study' have already trained for 50 steps: give a larger "
        "--max-steps."
    )
    trials = sweep(extension=Extension(1, 60)).trials
    assert [trial.user_attrs.get("continues") for trial in trials[2:]][1] == 2
    assert trials[3].last_step == 60


def test_an_extension_that_was_stopped_is_not_taken_for_one_that_goes_on(
    sweep: Sweep, results: Path
) -> None:
    def stop(event: events.Event) -> None:
        if isinstance(event, events.TrialEvaluated):
            (results / "study/trial-0001/stop").touch()

    sweep(n_trials=1)
    further = sweep(study_of("wait"), extension=Extension(1, 50), listener=stop).trials[1]
    assert further.state.name == "PRUNED"
    with pytest.raises(UsageError) as raised:
        sweep(extension=Extension(1, 50))
    assert str(raised.value) == (
        "The best trials of study 'study' were already trained further, in trial 1 (PRUNED): give "
        "a larger --max-steps or --top."
    )


def test_an_extension_promotes_nobody(sweep: Sweep) -> None:
    before = sweep(n_trials=9, scheduler=Rungs(2, 3), total_steps=80).trials
    assert Rungs(2, 3).next_leg(before, MAXIMIZE) is not None
    (further,) = sweep(extension=Extension(1, 50)).trials[len(before) :]
    assert further.user_attrs["max_steps"] == 50


def test_what_has_no_checkpoint_any_more_is_not_trained_further(
    sweep: Sweep, results: Path
) -> None:
    study = sweep(n_trials=3)
    best = study.best_trial.number
    shutil.rmtree(results / f"study/trial-{best:04d}/model")
    with pytest.raises(UsageError, match=f"Trial {best} of study 'study' is among the best, but"):
        sweep(extension=Extension(2, 50))
    assert len(study.trials) == 3


def test_an_extension_needs_a_complete_trial(sweep: Sweep) -> None:
    with pytest.raises(UsageError, match="has no complete trial of its own to train further"):
        sweep(extension=Extension(1, 50))


def test_a_trial_of_another_study_is_not_trained_further(sweep: Sweep) -> None:
    sweep(n_trials=1, name="old")
    sweep(n_trials=1, name="new", begin_with="old")
    with pytest.raises(UsageError, match="has no complete trial of its own to train further"):
        sweep(name="new", extension=Extension(1, 50))


def test_a_total_after_an_extension_counts_configurations(sweep: Sweep) -> None:
    sweep(n_trials=2)
    sweep(extension=Extension(1, 50))
    trials = sweep(n_trials=3).trials
    assert len([trial for trial in trials if "continues" not in trial.user_attrs]) == 3


# Enough.


def test_a_target_that_is_reached_ends_the_sweep(sweep: Sweep) -> None:
    said: list[events.Event] = []
    enqueue = [{"x": 0.1}, {"x": 0.5}, {"x": 0.3}]
    study = sweep(n_trials=3, enqueue=enqueue, target=0.99, listener=said.append)
    assert len(study.get_trials(states=[optuna.trial.TrialState.COMPLETE])) == 2
    notice = events.Notice("Trial 1 reached the target with 1. No more trials start.")
    assert said.count(notice) == 1


def test_patience_ends_the_sweep(sweep: Sweep) -> None:
    enqueue = [{"x": x} for x in (0.5, 0.1, 0.2, 0.3)]
    trials = sweep(n_trials=4, enqueue=enqueue, patience=2).trials
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 3 + ["WAITING"]


def test_steps_that_are_spent_end_the_sweep(sweep: Sweep) -> None:
    assert len(sweep(n_trials=9, scheduler=RUNGS, total_steps=9).trials) == 3


# Refused before anything is made.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"scheduler": RUNGS, "pruner": "median"},
            "With 3 rungs by a factor of 3, trials already end early, and a pruner has nothing to "
            "do: leave one of them out.",
        ),
        (
            {"scheduler": Rungs(5, 3)},
            "5 rungs by a factor of 3: a training of max_steps=30 is too short to divide "
            "like this. Ask for fewer.",
        ),
        (
            {"scheduler": Population(3, explore=("rates",)), "n_trials": None},
            "--explore names 'rates', which the search space does not have; it has x, rate, "
            "layers, kind: did you mean rate?",
        ),
        (
            {"scheduler": "rungs"},
            "A scheduler must be sweep.Rungs(…) or sweep.Population(…), but got 'rungs'.",
        ),
        (
            {"scheduler": Population(3)},
            "With a population of 3 in 10 legs, study 'study' has 3 configurations, but got "
            "n_trials=1: leave --trials out.",
        ),
        (
            {"scheduler": Population(3), "n_trials": None, "begin_with": "old"},
            "With a population of 3 in 10 legs, the study must train all of them itself, and "
            "cannot copy trials of 'old': leave --from out.",
        ),
        (
            {"target": float("nan")},
            "No trial can reach a --target of nan: give a number.",
        ),
        (
            {"n_trials": 3, "scheduler": Population(3), "fixed": {"rate": 0.01}},
            "--param holds rate, which the population varies: name the params to vary, without "
            "rate, with --explore.",
        ),
        (
            {
                "n_trials": 3,
                "scheduler": Population(3, explore=("x", "rate")),
                "fixed": {"rate": 0.01},
            },
            "--param holds rate, which the population varies: name the params to vary, without "
            "rate, with --explore.",
        ),
        (
            {"n_trials": 3, "scheduler": Population(3), "sampler": BruteForceSampler()},
            "A grid can end before a population has all of its members: leave out either the "
            "sampler or the population.",
        ),
        (
            {"n_trials": None, "extension": Extension(1, 50), "enqueue": ({"x": 0.5},)},
            "An extension trains the best trials with their own params: leave --enqueue, --param "
            "and --from out.",
        ),
        (
            {"pruner": "median", "evaluate_every": 30},
            "MedianPruner could never prune: with an evaluation every 30 steps, a trial of "
            "30 steps is only evaluated at its end. Evaluate more often, with "
            "--evaluate-every STEPS, or leave the pruner out.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    sweep: Sweep, results: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        sweep(**{"n_trials": 1, **options})
    assert str(raised.value) == message
    assert not results.exists() or not (results / "study").exists()


@pytest.mark.parametrize(
    "options",
    [
        {"scheduler": Population(2, 2), "n_trials": None},
        {"patience": 3},
        {"target": 1.0},
        {"extension": Extension(1, 50)},
    ],
)
def test_several_metrics_have_no_best(sweep: Sweep, options: dict[str, Any]) -> None:
    spec = study_of(metric=("score", "cost"), direction=("maximize", "minimize"))
    with pytest.raises(UsageError, match="2 metrics"):
        sweep(spec, **{"n_trials": None if "extension" in options else 1, **options})


def test_rungs_take_the_place_of_the_study_files_pruner(sweep: Sweep) -> None:
    trials = sweep(
        study_of(pruner="median"), n_trials=3, scheduler=RUNGS, evaluate_every=MAX_STEPS
    ).trials
    assert on_rungs(trials) == [3, 1, 0]


def test_a_population_leaves_alone_what_is_held(sweep: Sweep) -> None:
    trials = sweep(scheduler=Population(4, 3, explore=("x",)), fixed={"rate": 0.01}).trials
    assert {trial.params["rate"] for trial in trials} == {0.01}


def test_the_study_files_pruner_stays_out_of_a_study_that_has_kept_its_rungs(
    sweep: Sweep, results: Path
) -> None:
    spec = study_of(pruner="median")
    sweep(spec, n_trials=3, scheduler=RUNGS, evaluate_every=MAX_STEPS)
    trials = sweep(spec, n_trials=4, evaluate_every=MAX_STEPS).trials
    assert trials[-1].intermediate_values.keys() == {3}
    assert trials[-1].user_attrs["rung"] == 0


def test_a_study_with_trials_takes_no_rungs(sweep: Sweep) -> None:
    sweep(n_trials=1)
    with pytest.raises(
        UsageError, match="was started with every trial trained to its end without a break"
    ):
        sweep(n_trials=2, scheduler=RUNGS)


def test_a_study_that_keeps_its_rungs_takes_no_pruner(sweep: Sweep) -> None:
    sweep(n_trials=1, scheduler=RUNGS)
    with pytest.raises(UsageError, match="a pruner has nothing to do"):
        sweep(n_trials=2, pruner="median")


def test_a_study_file_with_rungs_takes_no_pruner(sweep: Sweep) -> None:
    with pytest.raises(UsageError, match="a pruner has nothing to do"):
        sweep(study_of(scheduler=RUNGS), n_trials=1, pruner="median")


def test_what_a_study_file_explores_must_be_in_its_space(sweep: Sweep) -> None:
    with pytest.raises(UsageError, match="names 'rates', which the search space does not have"):
        sweep(study_of(scheduler=Population(3, explore=("rates",))))


def test_a_population_keeps_its_size(sweep: Sweep) -> None:
    sweep(scheduler=Population(2, 2))
    with pytest.raises(UsageError, match="leave --trials out"):
        sweep(n_trials=5)


def test_params_that_come_up_again_begin_at_the_lowest_rung_too(sweep: Sweep) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        return {"x": trial.suggest_categorical("x", [0.1, 0.5]), "act": "train"}

    options = {"sampler": "random", "duplicates": "allow"}
    study = sweep(study_of(search_space=space), n_trials=6, scheduler=RUNGS, **options)
    assert on_rungs(study.trials) == [6, 2, 0]
