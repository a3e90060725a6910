"""Whether a search space is the same whenever it is called, as every trial of a study needs it."""

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
    """Sees that the search space asks a trial for the same, given the same params.

    Raises:
        StudyError: a param has other bounds or choices the second time, as where they are random.
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
                    f"{location.of_function(search_space)}: the search space is another whenever "
                    f"it is called: {name} was {describe(first)} and then "
                    f"{describe(distribution)}, with the same params before it. Let bounds and "
                    "choices depend on other params alone, and not on a random number or the time."
                )
