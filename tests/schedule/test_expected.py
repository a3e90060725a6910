"""How many legs a sweep will have."""

from __future__ import annotations

import pytest

from sweep.schedule.base import Whole
from sweep.schedule.expected import ExpectedLegs, expected_legs, pauses
from sweep.schedule.population import Population
from sweep.schedule.rungs import Rungs


def test_trials_that_are_trained_at_once_are_a_leg_each() -> None:
    assert expected_legs(Whole(), 20) == [ExpectedLegs(20, 0, 1)]
    assert pauses(Whole()) == []


def test_a_third_of_each_rung_goes_on_to_the_next() -> None:
    legs = expected_legs(Rungs(3, 3), 18)
    assert [leg.n for leg in legs] == [18, 6, 2]
    assert [(leg.begin, leg.end) for leg in legs] == [
        (0, pytest.approx(1 / 9)),
        (pytest.approx(1 / 9), pytest.approx(1 / 3)),
        (pytest.approx(1 / 3), 1),
    ]
    assert pauses(Rungs(3, 3)) == [pytest.approx(1 / 9), pytest.approx(1 / 3)]


def test_a_bracket_begins_at_its_own_rung() -> None:
    legs = expected_legs(Rungs(2, 4, 2), 12)
    assert [(leg.begin, leg.end) for leg in legs] == [(0, 0.25), (0.25, 1), (0, 1)]
    assert legs[0].n + legs[2].n == pytest.approx(12)
    assert legs[1].n == pytest.approx(legs[0].n / 4)


def test_every_member_of_a_population_goes_through_all_legs() -> None:
    legs = expected_legs(Population(8, 4), 8)
    assert [leg.n for leg in legs] == [8] * 4
    assert [leg.end for leg in legs] == [0.25, 0.5, 0.75, 1]
