"""Proposals of TPE from trials that were read before."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from sweep.search.observed import Observed
from sweep.search.tpe import IncrementalTPESampler

N_TRIALS = 80
MINIMIZE, MAXIMIZE = StudyDirection.MINIMIZE, StudyDirection.MAXIMIZE
KINDS = ("complete", "constrained", "infeasible", "pruned", "failed")
UNIT = FloatDistribution(0, 1)


def suggest(trial: optuna.Trial) -> None:
    """Params of every kind, some of which only some trials have, or with other bounds."""
    trial.suggest_float("rate", 1e-5, 1, log=True)
    trial.suggest_float("dropout", 0, 0.5, step=0.1)
    trial.suggest_int("units", 8, 256, log=True)
    layers = trial.suggest_int("layers", 1, 9)
    if trial.suggest_categorical("optimizer", ["sgd", "adam", None]) == "sgd":
        trial.suggest_float("momentum", 0, 1)
    else:
        trial.suggest_float("decay", 0, layers)


def end(study: optuna.Study, trial: optuna.Trial, how: str, chance: random.Random) -> None:
    """Ends a trial; many trials have equal values."""
    value = round((trial.params["rate"] - 0.1) ** 2 + trial.params["layers"] / 9, 1)
    if how == "failed":
        study.tell(trial, state=TrialState.FAIL)
    elif how == "pruned":
        for step in range(chance.randrange(3)):
            trial.report(chance.choice([value, float("nan")]), step)
        study.tell(trial, state=TrialState.PRUNED)
    else:
        if how == "constrained":
            trial.set_constraint("memory", -1)
        if how == "infeasible":
            trial.set_constraint("memory", chance.choice([1, 2, 3, 4]))
        study.tell(trial, [value, trial.params["units"]][: len(study.directions)])


def proposals(
    sampler: BaseSampler, directions: Sequence[StudyDirection], ends: Sequence[str]
) -> list[dict[str, Any]]:
    """The params of trials of which up to five run at a time and end in any order."""
    study = optuna.create_study(sampler=sampler, directions=directions)
    chance = random.Random(0)
    running: list[optuna.Trial] = []
    for _ in range(N_TRIALS):
        running.append(study.ask())
        suggest(running[-1])
        while len(running) == 5 or (running and chance.random() < 0.3):
            ended = running.pop(chance.randrange(len(running)))
            end(study, ended, chance.choice(ends), chance)
    return [trial.params for trial in study.trials]


@pytest.mark.parametrize(
    ("directions", "ends"),
    [
        ([MINIMIZE], [*KINDS, "complete"]),
        ([MAXIMIZE], [*KINDS, "complete"]),
        ([MINIMIZE], ["pruned"]),
        ([MAXIMIZE], ["pruned"]),
        ([MINIMIZE], ["infeasible"]),
        ([MINIMIZE, MAXIMIZE], ["complete", "infeasible", "failed"]),
    ],
)
def test_the_proposals_are_those_of_optuna_to_the_last_bit(
    directions: Sequence[StudyDirection], ends: Sequence[str]
) -> None:
    expected = proposals(TPESampler(seed=1), directions, ends)
    assert proposals(IncrementalTPESampler(seed=1), directions, ends) == expected


def put_back(study: optuna.Study, trial: optuna.Trial) -> optuna.Trial:
    """The same trial asked for again, with the params that were proposed to it before."""
    study._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)
    return study.ask()


def proposals_beside_halves(sampler: BaseSampler) -> list[dict[str, Any]]:
    """The params of trials of which some run with only one param, and some were put back."""
    study = optuna.create_study(sampler=sampler)
    for number in range(40):
        trial = study.ask()
        trial.suggest_float("x", 0, 1)
        if number % 6 == 3:
            continue
        if number % 6 == 0:
            trial = put_back(study, trial)
        study.tell(trial, trial.suggest_float("x", 0, 1) + trial.suggest_float("y", 0, 1))
    return [trial.params for trial in study.trials]


def test_the_proposals_are_those_of_optuna_beside_trials_without_all_params() -> None:
    expected = proposals_beside_halves(TPESampler(seed=1))
    assert proposals_beside_halves(IncrementalTPESampler(seed=1)) == expected


def finished(number: int, **attrs: Any) -> FrozenTrial:
    trial = create_trial(
        params={"x": number / 10}, distributions={"x": UNIT}, value=number, system_attrs=attrs
    )
    trial.number = number
    return trial


def the_best(observed: Observed, trials: Sequence[FrozenTrial]) -> list[float]:
    observed.read(trials, [])
    good, _ = observed.split(1, {"x": UNIT})
    values: list[float] = good["x"].tolist()
    return values


def params_of(trial: FrozenTrial) -> Mapping[str, Any]:
    return trial.params


def test_what_was_read_of_finished_trials_is_kept() -> None:
    reads: Counter[int] = Counter()

    def counted(trial: FrozenTrial) -> Mapping[str, Any]:
        reads[trial.number] += 1
        return trial.params

    observed = Observed(MINIMIZE, counted)
    trials = [finished(number) for number in range(6)]
    for known in ([0, 1, 2], [0, 1, 2, 4], [0, 1, 2, 4, 5], [0, 1, 2, 3, 4, 5]):
        observed.read([trials[number] for number in known], [])
        good, others = observed.split(1, {"x": UNIT})
        assert good["x"].tolist() == [0]
        assert others["x"].tolist() == [number / 10 for number in known[1:]]
    assert reads == {0: 1, 1: 1, 2: 1, 3: 1, 4: 2, 5: 2}, "those after a late one are read again"


def test_a_trial_that_is_shown_with_another_value_is_read_again() -> None:
    observed = Observed(MINIMIZE, params_of)
    trials = [finished(number) for number in range(3)]
    assert the_best(observed, trials) == [0.0]
    trials[0] = copy.copy(trials[0])
    trials[0].value = 9
    assert the_best(observed, trials) == [0.1]


def test_a_constraint_that_is_kept_does_not_make_up_for_one_that_is_broken() -> None:
    trials = [finished(0, constraints=[1, -5]), finished(1, constraints=[-1, -1])]
    assert the_best(Observed(MINIMIZE, params_of), trials) == [0.1]


def test_a_param_with_other_choices_is_read_again() -> None:
    first, second = CategoricalDistribution(["a", "b"]), CategoricalDistribution(["b", "a"])
    trial = create_trial(params={"c": "a"}, distributions={"c": first}, value=0)
    observed = Observed(MINIMIZE, params_of)
    observed.read([trial], [])
    values = [observed.split(1, {"c": choices})[0]["c"].tolist() for choices in (first, second)]
    assert values == [[0], [1]]
