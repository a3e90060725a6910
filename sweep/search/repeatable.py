"""Checks that a search space is the same each time it is called, as every trial needs it."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import cast

import optuna
from optuna.samplers import RandomSampler
from optuna.trial import FixedTrial

from sweep import location
from sweep.errors import StudyError
from sweep.search.scratch import scratch_study
from sweep.search.space import SearchSpace, describe, suggest

_EXAMPLES = 3


def check_repeatable(search_space: SearchSpace) -> None:
    """Checks that the search space asks a trial for the same if the params are the same.

    Raises:
        StudyError: a param has other bounds or choices the second time, for example random ones.
    """
    study = scratch_study("examples", RandomSampler(seed=0))
    for _ in range(_EXAMPLES):
        trial = study.ask()
        again = FixedTrial({}, trial.number)
        with suppress(StudyError), warnings.catch_warnings(action="ignore"):
            suggest(search_space, trial)
            again = FixedTrial(trial.params, trial.number)
            suggest(search_space, cast("optuna.Trial", again))
        for name, distribution in again.distributions.items():
            first = trial.distributions.get(name, distribution)
            if first != distribution:
                raise StudyError(
                    f"{location.of_function(search_space)}: the search space changes from call to "
                    f"call: with the same params before it, {name} was {describe(first)} and then "
                    f"{describe(distribution)}. Let bounds and choices depend only on other "
                    "params, not on random numbers or the time."
                )
