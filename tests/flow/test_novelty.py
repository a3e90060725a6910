"""Params that were tried are not tried again, unless somebody asks for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optuna
import pytest
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial

from sweep import events
from sweep.errors import UsageError
from sweep.schedule.rungs import Rungs
from sweep.storage.study import AskedStudy
from tests.standin import study_of

Sweep = Callable[..., AskedStudy]
CHOICES = [0.1, 0.3, 0.5, 0.7]


def choices(trial: optuna.Trial) -> dict[str, Any]:
    x = trial.suggest_categorical("x", CHOICES)
    return {"x": x, "layers": trial.suggest_int("layers", 1, 2), "act": "train"}


SPEC = study_of(search_space=choices)


class Stubborn(optuna.samplers.RandomSampler):
    """Proposes the same each time."""

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        return {"x": 0.3, "layers": 2}[param_name]


def params_of(study: AskedStudy) -> list[tuple[Any, ...]]:
    return [tuple(trial.params.values()) for trial in study.trials]


def notices(said: list[events.Event]) -> list[str]:
    return [event.text for event in said if isinstance(event, events.Notice)]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_all_of_a_small_space_are_tried_once_and_then_the_sweep_ends(
    sweep: Sweep, n_jobs: int
) -> None:
    said: list[events.Event] = []
    study = sweep(SPEC, n_trials=20, n_jobs=n_jobs, listener=said.append)
    assert len(study.trials) == len(set(params_of(study))) == 8
    assert {trial.state.name for trial in study.trials} == {"COMPLETE"}
    end = (
        "All 8 configurations of the search space were tried, so no more trials start. To try them "
        "again with other seeds, give --duplicates allow."
    )
    assert notices(said).count(end) == 1
    said.clear()
    assert len(sweep(SPEC, n_trials=20, listener=said.append).trials) == 8
    assert notices(said) == [end]


def test_a_sampler_that_finds_nothing_new_is_told_of_once_and_left_to_chance(sweep: Sweep) -> None:
    said: list[events.Event] = []
    study = sweep(SPEC, n_trials=5, sampler=Stubborn(), listener=said.append)
    assert len(set(params_of(study))) == 5
    assert notices(said) == [
        "The sampler proposed params for trial 1 that were tried already, and again in 5 more "
        "attempts. Such trials get random params that were not tried. To keep what the sampler "
        "proposes, give --duplicates allow."
    ]
    assert not any("duplicates" in trial.user_attrs for trial in study.trials)


def test_allowed_duplicates_are_linked_and_have_seeds_of_their_own(sweep: Sweep) -> None:
    study = sweep(SPEC, n_trials=3, sampler=Stubborn(), duplicates="allow")
    assert params_of(study) == [(0.3, 2)] * 3
    assert [t.user_attrs.get("duplicates") for t in study.trials] == [None, 0, 0]
    assert len({trial.user_attrs["seed"] for trial in study.trials}) == 3


def test_what_is_enqueued_is_tried_though_it_was_before(sweep: Sweep) -> None:
    sweep(SPEC, n_trials=1, sampler=Stubborn())
    study = sweep(SPEC, n_trials=2, sampler=Stubborn(), enqueue=[{"x": 0.3}])
    assert params_of(study) == [(0.3, 2), (0.3, 2)]


def test_a_param_that_is_held_makes_the_space_smaller(sweep: Sweep) -> None:
    study = sweep(SPEC, n_trials=20, fixed={"layers": 1})
    assert sorted(params_of(study)) == [(x, 1) for x in CHOICES]


def test_a_grid_is_as_it_is(sweep: Sweep) -> None:
    said: list[events.Event] = []
    assert len(sweep(SPEC, n_trials=20, sampler="grid", listener=said.append).trials) == 8
    assert notices(said) == []


def test_rungs_go_on_promoting_when_all_were_tried(sweep: Sweep) -> None:
    trials = sweep(SPEC, n_trials=20, scheduler=Rungs(2, 4)).trials
    assert [t.state.name for t in trials if "continues" in t.user_attrs] == ["COMPLETE"] * 2
    assert len(trials) == 10


def test_where_only_some_have_no_end_what_cannot_be_avoided_is_kept(sweep: Sweep) -> None:
    def half(trial: optuna.Trial) -> dict[str, Any]:
        kind = trial.suggest_categorical("kind", ["a", "b"])
        x = 0.5 if kind == "a" else trial.suggest_float("x", 0, 1)
        return {"x": x, "act": "train"}

    study = sweep(study_of(search_space=half), n_trials=6)
    kinds = [trial.params["kind"] for trial in study.trials]
    assert (len(kinds), kinds.count("a")) == (6, 1)


def test_neither_avoid_nor_allow_is_told(sweep: Sweep) -> None:
    with pytest.raises(
        UsageError, match=r"^duplicates must be 'avoid' or 'allow', but got 'no'\.$"
    ):
        sweep(SPEC, duplicates="no")
