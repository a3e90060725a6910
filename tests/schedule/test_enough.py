"""When to end a study."""

from __future__ import annotations

import pytest
from optuna.trial import TrialState

from sweep.schedule.enough import Enough
from tests.schedule.trials import MAXIMIZE, MINIMIZE, ended, paused, unfinished


def test_nothing_is_enough_where_nothing_is_said() -> None:
    assert Enough().reason([ended(0, 1.0)], MAXIMIZE) is None


@pytest.mark.parametrize(
    ("maximize", "value", "reached"),
    [(True, 0.9, True), (True, 0.89, False), (False, 0.9, True), (False, 0.91, False)],
)
def test_a_target_is_reached_from_its_side(maximize: bool, value: float, reached: bool) -> None:
    reason = Enough(target=0.9).reason([ended(0, value)], MAXIMIZE if maximize else MINIMIZE)
    assert reason == ("Trial 0 reached the target with 0.9." if reached else None)


def test_only_a_complete_trial_reaches_a_target() -> None:
    trials = [paused(0, 0.95), ended(1, 0.95, TrialState.PRUNED), unfinished(2)]
    assert Enough(target=0.9).reason(trials, MAXIMIZE) is None


def test_patience_counts_all_that_ended_after_the_best() -> None:
    trials = [
        ended(0, 0.5),
        ended(1, 0.9),
        ended(2, 0.9),  # no better
        ended(3, None, TrialState.FAIL),
        unfinished(5),
    ]
    assert Enough(patience=3).reason(trials, MAXIMIZE) is None
    trials.append(ended(4, 0.1, TrialState.PRUNED))
    reason = Enough(patience=3).reason(trials, MAXIMIZE)
    assert reason == "Trial 1 is still the best 3 trials later."


def test_steps_before_a_continuation_count_once() -> None:
    trials = [
        paused(0, 0.5, steps=100),
        paused(1, 0.5, steps=100),
        ended(2, 0.9, steps=300, continues=0),
    ]
    assert Enough(total_steps=401).reason(trials, MAXIMIZE) is None
    assert Enough(total_steps=400).reason(trials, MAXIMIZE) == (
        "The trials have trained 400 steps of the limit of 400."
    )


def test_steps_of_trials_that_failed_count_as_far_as_they_were_seen() -> None:
    failed = ended(0, None, TrialState.FAIL, steps=70)
    assert Enough(total_steps=70).reason([failed], MAXIMIZE) is not None
