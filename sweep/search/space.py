"""A study's search space, tried out before any trial of it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import RandomSampler

from sweep.errors import StudyError, UsageError
from sweep.study import place
from sweep.study.spec import StudySpec

SAMPLES = 20
_NUMBERS = (FloatDistribution, IntDistribution)


def suggest(spec: StudySpec, trial: optuna.Trial) -> dict[str, Any]:
    """The params of one trial.

    Raises:
        StudyError: `search_space` raised, or returned something other than a dict of params by
            name.
    """
    place_of_space = place.of_function(spec.search_space)
    try:
        params = spec.search_space(trial)
    except Exception as error:
        raise StudyError(
            f"{place_of_space}: `search_space` raised {type(error).__name__}: {error}"
        ) from error
    if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
        raise StudyError(
            f"{place_of_space}: `search_space` must return a dict of params by name, but returned "
            f"{params!r}."
        )
    return dict(params)


def example_params(spec: StudySpec) -> dict[str, Any]:
    """Params drawn at random, to try the study with.

    Raises:
        StudyError: `search_space` cannot be used.
    """
    return suggest(spec, _random_trials(1)[0])


def check_given(spec: StudySpec, params: Mapping[str, Any], option: str) -> None:
    """Sees that params given by a person belong to the search space.

    The space is known from SAMPLES random samples of it.

    Raises:
        UsageError: a name is not in any of them, or a value is outside of all.
    """
    if not params:
        return
    known: dict[str, list[BaseDistribution]] = {}
    for trial in _random_trials(SAMPLES):
        suggest(spec, trial)
        for name, distribution in trial.distributions.items():
            known.setdefault(name, []).append(distribution)
    for name, value in params.items():
        if name not in known:
            raise UsageError(
                f"{option} names {name!r}, which the search space does not have; it has "
                f"{', '.join(known)}."
            )
        if not any(_admits(distribution, value) for distribution in known[name]):
            raise UsageError(
                f"{option} gives {name}={value!r}, which the search space does not admit: "
                f"{_describe(known[name][-1])}."
            )


def _admits(distribution: BaseDistribution, value: Any) -> bool:
    if isinstance(distribution, _NUMBERS) and not _is_number(value):
        return False
    try:
        # Optuna has no public name for this question.
        return distribution._contains(distribution.to_internal_repr(value))
    except ValueError:
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _describe(distribution: BaseDistribution) -> str:
    if isinstance(distribution, CategoricalDistribution):
        return f"it is one of {', '.join(map(repr, distribution.choices))}"
    if isinstance(distribution, _NUMBERS):
        kind = "a whole number" if isinstance(distribution, IntDistribution) else "a number"
        steps = "" if distribution.step in (None, 1) else f" in steps of {distribution.step}"
        return f"it is {kind} from {distribution.low} to {distribution.high}{steps}"
    return f"it is drawn from {distribution!r}"


def check_grid(spec: StudySpec, fixed: Mapping[str, Any]) -> None:
    """Sees that the search space, but for the params held fixed, has an end, as a grid must.

    Raises:
        UsageError: a param is any number between two.
    """
    for trial in _random_trials(SAMPLES):
        suggest(spec, trial)
        for name, distribution in trial.distributions.items():
            if not isinstance(distribution, FloatDistribution) or name in fixed:
                continue
            if distribution.step is None:
                raise UsageError(
                    f"A grid needs a search space with an end, but {name} is any number from "
                    f"{distribution.low} to {distribution.high}: give it a step, or choose another "
                    "sampler."
                )


def _random_trials(n: int) -> list[optuna.Trial]:
    study = optuna.create_study(sampler=RandomSampler(seed=0))
    return [study.ask() for _ in range(n)]
