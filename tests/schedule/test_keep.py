"""Which trials keep their checkpoints if only the best do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sweep.schedule.keep import Standing, keepers

ONE = ("maximize",)
TWO = ("maximize", "minimize")


def complete(number: int, *values: float, continues: int | None = None) -> Standing:
    return Standing(number, "COMPLETE", values, continues)


@pytest.mark.parametrize(("n_best", "kept"), [(0, set()), (1, {2}), (2, {2, 0}), (9, {0, 1, 2})])
def test_the_best_keep_theirs(n_best: int, kept: set[int]) -> None:
    trials = [complete(0, 0.5), complete(1, 0.1), complete(2, 0.9), Standing(3, "FAIL", None)]
    assert keepers(trials, ONE, n_best) == kept


def test_what_has_not_ended_or_is_kept_in_any_case_keeps_its_own() -> None:
    trials = [
        Standing(0, "RUNNING", None),
        Standing(1, "WAITING", None),
        Standing(2, "PRUNED", [0.5], is_kept=True),
        Standing(3, "PRUNED", [0.9]),
    ]
    assert keepers(trials, ONE, 1) == {0, 1, 2}


def test_what_a_kept_trial_goes_on_from_is_kept_with_it() -> None:
    trials = [
        complete(0, 0.1),
        complete(1, 0.2, continues=0),
        complete(2, 0.9, continues=1),
        complete(3, 0.3),
    ]
    assert keepers(trials, ONE, 1) == {0, 1, 2}


def test_a_front_that_begins_among_the_best_is_kept_whole() -> None:
    trials = [complete(0, 0.9, 10.0), complete(1, 0.5, 5.0), complete(2, 0.4, 6.0)]
    assert keepers(trials, TWO, 1) == {0, 1}
    assert keepers(trials, TWO, 3) == {0, 1, 2}


def test_a_reader_needs_no_optuna_to_know() -> None:
    code = "import sys, sweep.schedule.keep; print('optuna' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"
