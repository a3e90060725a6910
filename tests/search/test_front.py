"""The best trial, and the Pareto front."""

from __future__ import annotations

import itertools
from typing import Literal

import numpy as np
import optuna
import pytest
from optuna.trial import create_trial

from sweep.search.front import Front, front_of, in_order_of_fronts

Direction = Literal["maximize", "minimize"]


def members(directions: list[str], points: list[tuple[float, ...]]) -> list[int]:
    """The front of points that come one by one, and of all at once."""
    front: Front[int] = Front(directions)
    for number, point in enumerate(points):
        front.add(number, point)
    assert front.members == front_of(dict(enumerate(points)), directions)
    return front.members


@pytest.mark.parametrize(("direction", "best"), [("maximize", [2]), ("minimize", [1])])
def test_with_one_metric_it_is_the_best(direction: str, best: list[int]) -> None:
    assert members([direction], [(2.0,), (1.0,), (3.0,)]) == best


def test_of_equals_the_first_stays() -> None:
    assert members(["maximize"], [(1.0,), (1.0,)]) == [0]
    assert members(["maximize", "minimize"], [(1.0, 2.0), (1.0, 2.0)]) == [0]


def test_nothing_has_no_front() -> None:
    assert members(["maximize"], []) == []


def test_a_member_stays_as_long_as_nothing_beats_it_by_every_metric() -> None:
    directions = ["maximize", "minimize"]
    assert members(directions, [(1, 5), (2, 6), (0, 4)]) == [0, 1, 2]
    assert members(directions, [(1, 5), (2, 6), (0, 4), (2, 4)]) == [3]


def test_infinities_are_compared_too() -> None:
    inf = float("inf")
    assert members(["maximize", "minimize"], [(1, 1), (inf, 1), (2, -inf)]) == [1, 2]


@pytest.mark.parametrize("directions", list(itertools.product(["maximize", "minimize"], repeat=2)))
def test_it_is_optunas_own(directions: tuple[Direction, Direction]) -> None:
    points = [tuple(map(float, p)) for p in np.random.default_rng(0).integers(0, 9, (60, 2))]
    unique = list(dict.fromkeys(points))
    study = optuna.create_study(directions=directions)
    study.add_trials([create_trial(values=point) for point in unique])
    assert members(list(directions), unique) == [trial.number for trial in study.best_trials]


def test_fronts_come_in_turn_and_within_one_the_next_is_the_furthest_from_all_before() -> None:
    points = [(0.0, 10.0), (4.0, 6.0), (10.0, 0.0), (5.0, 5.0), (4.0, 5.0), (0.0, 0.0)]
    order = in_order_of_fronts(points, ["maximize", "maximize"])
    assert order == [2, 0, 3, 1, 4, 5]
    costs = [(x, -y) for x, y in points]
    assert in_order_of_fronts(costs, ["maximize", "minimize"]) == order


def test_equal_points_and_none_at_all_have_an_order() -> None:
    assert in_order_of_fronts([(1.0, 1.0)] * 3, ["maximize"] * 2) == [0, 1, 2]
    assert in_order_of_fronts([], ["maximize"] * 2) == []
