"""Which configurations are clearly behind, and how certain the order of two is."""

from __future__ import annotations

import random
from statistics import fmean

import pytest

from sweep.schedule.race import LEVEL, Spread, chance_of_order, still_racing

Results = dict[int, dict[int, float | None]]


def runners(means: list[float], n_seeds: int, noise: float, seed: int = 0) -> Results:
    """Runners of these true means, numbered in their order."""
    draw = random.Random(seed)
    return {
        number: {nth: mean + draw.gauss(0, noise) for nth in range(1, n_seeds + 1)}
        for number, mean in enumerate(means)
    }


def test_what_is_far_behind_is_dropped_and_what_is_close_goes_on() -> None:
    results = runners([0.98, 0.979, 0.90, 0.98, 0.89], 2, noise=0.002)
    assert still_racing(results, 5, maximize=True) == [0, 1, 3]
    losses = {n: {nth: -(v or 0) for nth, v in values.items()} for n, values in results.items()}
    assert still_racing(losses, 5, maximize=False) == [0, 1, 3]


def test_what_was_dropped_does_not_come_back() -> None:
    results = runners([0.98, 0.979, 0.90, 0.98, 0.89], 5, noise=0.002)
    results[2] |= {4: 9.0, 5: 9.0}
    assert 2 not in still_racing(results, 5, maximize=True)


def test_nothing_is_dropped_before_all_have_had_a_seed() -> None:
    results = runners([0.98, 0.979, 0.90, 0.98, 0.89], 2, noise=0.002)
    del results[0][2]
    assert still_racing(results, 5, maximize=True) == [0, 1, 2, 3, 4]


def test_two_that_happen_to_differ_alike_twice_both_go_on() -> None:
    results: Results = {0: {1: 0.98, 2: 0.97}, 1: {1: 0.97, 2: 0.96}}
    assert still_racing(results, 5, maximize=True) == [0, 1]


def test_what_a_seed_does_to_all_alike_is_no_spread() -> None:
    quiet = runners([0.98, 0.975, 0.974, 0.973, 0.972], 3, noise=0.0005)
    weather = {1: 0.3, 2: -0.3, 3: 0.1}
    results = {
        n: {nth: (v or 0) + weather[nth] for nth, v in by.items()} for n, by in quiet.items()
    }
    assert still_racing(results, 3, maximize=True) == still_racing(quiet, 3, maximize=True) == [0]


def test_what_fails_more_often_is_behind() -> None:
    results: Results = {
        0: {1: 0.99, 2: None},
        1: {1: 0.98, 2: 0.98},
        2: {1: 0.97, 2: 0.99},
    }
    assert still_racing(results, 3, maximize=True) == [1, 2]
    results[1][1] = results[2][2] = None
    assert still_racing(results, 3, maximize=True) == [0, 1, 2]


def test_the_best_of_equals_is_rarely_dropped() -> None:
    """With LEVEL for each comparison, as the module says; the leader is one of the five."""
    dropped = [
        1 - (0 in still_racing(runners([0.0] * 5, 2, 1.0, seed), 2, maximize=True))
        for seed in range(400)
    ]
    assert fmean(dropped) < 4 * LEVEL


def test_the_interval_and_the_chance_are_those_of_students_t() -> None:
    spread = Spread.of([0.97, 0.98, 0.99])
    assert spread.mean == pytest.approx(0.98)
    assert spread.std == pytest.approx(0.01)
    assert spread.interval() == pytest.approx((0.98 - 0.024841, 0.98 + 0.024841), abs=1e-6)
    worse = Spread.of([0.95, 0.97, 0.96, 0.98])
    # scipy.stats.ttest_ind_from_stats(…, equal_var=False) has t = 1.732, p = 0.146 of two sides
    chance = chance_of_order(spread, worse, maximize=True)
    assert chance == pytest.approx(0.9275, abs=2e-3)
    assert chance_of_order(worse, spread, maximize=False) == chance
    assert chance_of_order(spread, Spread.of([0.5]), maximize=True) is None


def test_a_mean_of_one_value_has_no_interval() -> None:
    assert Spread.of([0.5]).interval() is None


def test_two_that_never_vary_are_told_apart_for_certain() -> None:
    first, second = Spread.of([0.9, 0.9]), Spread.of([0.8, 0.8])
    assert chance_of_order(first, second, maximize=True) == 1
    assert chance_of_order(first, first, maximize=True) == 0.5
