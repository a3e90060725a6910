"""A study's search space, tried out before any trial of it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import optuna
from optuna.samplers import RandomSampler

from sweep.errors import StudyError, UsageError
from sweep.study import place
from sweep.study.spec import StudySpec

SAMPLES = 20


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
            f"{'None' if params is None else f'a {type(params).__name__}'}."
        )
    return dict(params)


def example_params(spec: StudySpec) -> dict[str, Any]:
    """Params drawn at random, to try the study with.

    Raises:
        StudyError: `search_space` cannot be used.
    """
    return suggest(spec, _random_trials(1)[0])


def check_names(spec: StudySpec, names: Iterable[str], option: str) -> None:
    """Sees that every one of `names` is a parameter of the search space.

    Raises:
        UsageError: one is not, in any of SAMPLES random samples.
    """
    known: dict[str, None] = {}
    for trial in _random_trials(SAMPLES):
        suggest(spec, trial)
        known.update(dict.fromkeys(trial.params))
    for name in names:
        if name not in known:
            raise UsageError(
                f"{option} names {name!r}, which the search space does not have; it has "
                f"{', '.join(known)}."
            )


def _random_trials(n: int) -> list[optuna.Trial]:
    study = optuna.create_study(sampler=RandomSampler(seed=0))
    return [study.ask() for _ in range(n)]
