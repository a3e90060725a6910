"""A study's search space, tried out before the first trial is asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Protocol

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.exceptions import StorageInternalError
from optuna.samplers import RandomSampler
from optuna.trial import FixedTrial

from sweep import location, private
from sweep.errors import StudyError, UsageError
from sweep.search.scratch import scratch_study
from sweep.search.values import UnsuitableError, own_suggestions, own_values
from sweep.wording import question

private.require(__name__)

SearchSpace = Callable[[Any], Mapping[str, Any]]

SAMPLES = 20
MANY_SAMPLES = 500
_NUMBERS = (FloatDistribution, IntDistribution)


def suggest(search_space: SearchSpace, trial: optuna.Trial | FixedTrial) -> dict[str, Any]:
    """The params of one trial.

    Raises:
        StudyError: `search_space` raised, has a choice that no database can hold, or returned
            something other than a dict of params by name.
    """
    try:
        with own_suggestions(trial):
            params = search_space(trial)
    except (StudyError, StorageInternalError):  # a failure of the database is not the space's
        raise
    except Exception as error:
        own = isinstance(error, UnsuitableError)
        what = str(error) if own else f"raised {type(error).__name__}: {error}"
        place = location.of_own_code(error, "") or location.of_function(search_space)
        raise StudyError(f"{place}: `search_space` {what}{'.' if own else ''}") from error
    if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
        raise StudyError(
            f"{location.of_function(search_space)}: `search_space` must return a dict of params by "
            f"name, but returned {params!r}."
        )
    return dict(params)


def example_params(
    search_space: SearchSpace, n: int, fixed: Mapping[str, Any] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """Params of up to `n` random trials, to try the study with.

    Args:
        search_space: the study's search space.
        n: the number of trials.
        fixed: params that all of them have; values that the space rejects are refused elsewhere.

    Raises:
        StudyError: `search_space` works for none of them.
    """
    examples = []
    fault: StudyError | None = None
    for trial in _random_trials(n, fixed):
        try:
            with warnings.catch_warnings(action="ignore"):
                examples.append(suggest(search_space, trial))
        except StudyError as error:
            fault = fault or error
    if fault is not None and not examples:
        raise fault
    return examples


def distributions_of(
    search_space: SearchSpace, params: Mapping[str, Any], number: int
) -> dict[str, BaseDistribution]:
    """The distributions of a trial's params, found by giving these params to the search space.

    Raises:
        StudyError: the search space does not suggest these params.
    """
    trial = FixedTrial(dict(params), number)
    with warnings.catch_warnings(action="ignore"):  # about params that are refused below
        suggest(search_space, trial)
    for name, value in params.items():
        if name not in trial.distributions or not admits(trial.distributions[name], value):
            raise StudyError(
                f"{location.of_function(search_space)}: `search_space` does not suggest "
                f"{name}={value!r}, which trial {number} has. Restore the file as it was."
            )
    return trial.distributions


def check_given(search_space: SearchSpace, params: Mapping[str, Any], option: str) -> None:
    """Checks that params given by a person belong to the search space.

    The space is known from SAMPLES random samples of it.

    Raises:
        UsageError: a name is in no sample, a value is outside of all distributions, or a param
            never occurs together with the others.
    """
    check_names(search_space, params, option)
    known = _distributions(_suggested(search_space, SAMPLES)) if params else {}
    for name, value in own_values(params).items():
        if not any(admits(distribution, value) for distribution in known[name]):
            raise UsageError(
                f"{option} gives {name}={value!r}, which is outside of the search space: "
                f"it is {describe(known[name][-1])}."
            )
    if len(params) > 1:
        _check_together(search_space, params, option)


def _check_together(search_space: SearchSpace, params: Mapping[str, Any], option: str) -> None:
    """Checks that params given by a person can occur together with these values."""
    for n in (SAMPLES, MANY_SAMPLES):  # the second to be sure, in case a branch is rare
        missing = params.keys() - _distributions(_suggested(search_space, n, params)).keys()
        if not missing:
            return
    name = min(missing)
    others = ", ".join(f"{other}={params[other]!r}" for other in params if other not in missing)
    raise UsageError(
        f"{option} gives {name}={params[name]!r}, which no trial has with {others}: leave {name} "
        "out."
    )


def check_names(search_space: SearchSpace, names: Iterable[str], option: str) -> None:
    """Checks that params named by a person are in the search space.

    Raises:
        UsageError: a name is in none of SAMPLES random samples of it.
    """
    wanted = list(names)
    known = _distributions(_suggested(search_space, SAMPLES)) if wanted else {}
    for name in wanted:
        if name not in known:
            raise UsageError(
                f"{option} names {name!r}, which the search space does not have; it has "
                f"{', '.join(known)}{question(name, known)}"
            )


def admits(distribution: BaseDistribution, value: Any) -> bool:
    """Whether the distribution can suggest `value`."""
    if isinstance(distribution, _NUMBERS) and not _is_number(value):
        return False
    try:
        # Optuna has no public name for this check.
        return distribution._contains(distribution.to_internal_repr(value))
    except ValueError:
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def describe(distribution: BaseDistribution) -> str:
    """A distribution in words, as in `a whole number from 1 to 4`."""
    if isinstance(distribution, CategoricalDistribution):
        return f"one of {', '.join(map(repr, distribution.choices))}"
    if isinstance(distribution, _NUMBERS):
        kind = "a whole number" if isinstance(distribution, IntDistribution) else "a number"
        steps = "" if distribution.step in (None, 1) else f" in steps of {distribution.step}"
        scale = " on a log scale" if distribution.log else ""
        return f"{kind} from {distribution.low} to {distribution.high}{steps}{scale}"
    return repr(distribution)


class HasDistributions(Protocol):
    """A trial, or what is known about one."""

    @property
    def distributions(self) -> Mapping[str, BaseDistribution]:
        """What its params were drawn from."""


def check_unchanged(
    search_space: SearchSpace, study_name: str, trials: Iterable[HasDistributions]
) -> None:
    """Checks that the search space is the one that a study's trials were drawn from.

    A param whose range depends on others is skipped, because no single trial shows its range.

    Raises:
        StudyError: a param has another distribution now; the message shows the difference.
    """
    before = _distributions(trials)
    if not before:
        return
    now = _distributions(_suggested(search_space, SAMPLES))
    changes = [
        f"{name} was {describe(before[name][0])} and is now {describe(now[name][0])}"
        for name in before
        if name in now and len(before[name]) == len(now[name]) == 1 and before[name] != now[name]
    ]
    if changes:
        raise StudyError(
            f"{location.of_function(search_space)}: the search space is not the one that study "
            f"{study_name!r} was started with: {'; '.join(changes)}. Change it back, or start "
            f"another study with --name, and use --from {study_name} for the trials that fit."
        )


def check_grid(search_space: SearchSpace) -> None:
    """Checks that the search space is finite, as a grid must be.

    Raises:
        UsageError: a param can be any number between two.
    """
    for name, distributions in _distributions(_suggested(search_space, SAMPLES)).items():
        for distribution in distributions:
            if isinstance(distribution, FloatDistribution) and distribution.step is None:
                raise UsageError(
                    f"A grid needs a finite search space, but {name} is any number from "
                    f"{distribution.low} to {distribution.high}: give it a step, or choose another "
                    "sampler."
                )


def _suggested(
    search_space: SearchSpace, n: int, fixed: Mapping[str, Any] = MappingProxyType({})
) -> list[optuna.Trial]:
    """Trials of a random search in memory, with everything that the space suggests to them.

    If the space raises for a trial, the trial has what was suggested until then.
    """
    trials = _random_trials(n, fixed)
    for trial in trials:
        with suppress(StudyError), warnings.catch_warnings(action="ignore"):
            suggest(search_space, trial)
    return trials


def _random_trials(n: int, fixed: Mapping[str, Any] = MappingProxyType({})) -> list[optuna.Trial]:
    study = scratch_study("examples", RandomSampler(seed=0))
    for _ in range(n if fixed else 0):
        study.enqueue_trial(own_values(fixed))
    return [study.ask() for _ in range(n)]


def _distributions(trials: Iterable[HasDistributions]) -> dict[str, list[BaseDistribution]]:
    """The different distributions of each param in these trials."""
    found: dict[str, list[BaseDistribution]] = {}
    for trial in trials:
        for name, distribution in trial.distributions.items():
            known = found.setdefault(name, [])
            if distribution not in known:
                known.append(distribution)
    return found
