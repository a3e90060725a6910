"""Search spaces that change from call to call."""

from __future__ import annotations

import itertools
from typing import Any

import optuna
import pytest

from sweep import location
from sweep.errors import StudyError
from sweep.search.repeatable import check_repeatable


def test_a_space_whose_bounds_change_from_call_to_call_is_refused() -> None:
    highest = itertools.count(10)

    def space(trial: optuna.Trial) -> dict[str, Any]:
        return {"units": trial.suggest_int("units", 4, next(highest))}

    with pytest.raises(StudyError) as raised:
        check_repeatable(space)
    assert str(raised.value) == (
        f"{location.of_function(space)}: the search space changes from call to call: with "
        "the same params before it, units was a whole number from 4 to 10 and then a whole "
        "number from 4 to 11. Let bounds and choices depend only on other params, not on "
        "random numbers or the time."
    )


def test_bounds_that_depend_on_other_params_or_on_the_trial_are_the_same_again() -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        layers = trial.suggest_int("layers", 1, 4)
        shapes: Any = [(8, layers), (16, trial.number)]
        return {
            "units": [trial.suggest_int(f"units_{i}", 1, 8 * layers) for i in range(layers)],
            "shape": trial.suggest_categorical("shape", shapes),
        }

    check_repeatable(space)


def test_a_space_that_needs_its_study_is_left_alone() -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        return {"x": trial.suggest_float("x", 0, len(trial.study.study_name))}

    check_repeatable(space)
