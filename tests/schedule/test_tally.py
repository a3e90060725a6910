"""Counting trials as a study grows."""

from __future__ import annotations

from sweep.schedule.base import begins_configuration
from sweep.schedule.tally import Tally
from tests.schedule.trials import ended, unfinished


def test_every_trial_counts_once_before_and_after_it_ends() -> None:
    tally = Tally(begins_configuration)
    trials = [ended(0, 0.5), unfinished(1), ended(2, 0.5), unfinished(3)]
    assert tally.count(trials) == 4
    trials[1] = ended(1, 0.5)
    assert tally.count(trials) == 4
    assert tally.count([*trials[:3], ended(3, 0.5), ended(4, 0.5, continues=0)]) == 4
