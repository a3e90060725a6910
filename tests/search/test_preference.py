"""One trial of a Pareto front, chosen by a metric or by weights."""

from __future__ import annotations

import pytest

from sweep.search.preference import Preference

METRICS, DIRECTIONS = ("accuracy", "loss"), ("maximize", "minimize")
FRONT = [[0.9, 4.0], [0.8, 2.0], [0.7, 0.0]]
BEATEN = [[0.1, 9.0]]


def test_one_metric_counts_as_it_is() -> None:
    scale = Preference.parse("loss").scale(METRICS, DIRECTIONS, FRONT)
    assert (scale.name, scale.direction) == ("loss", "minimize")
    assert [scale.of(point) for point in FRONT] == [4, 2, 0]


def test_several_count_by_where_they_lie_between_the_ends_of_the_front() -> None:
    scale = Preference.parse("accuracy=3, loss").scale(METRICS, DIRECTIONS, [*BEATEN, *FRONT])
    assert (scale.name, scale.direction) == ("accuracy=3,loss=1", "maximize")
    assert [scale.of(point) for point in FRONT] == pytest.approx([0.75, 0.5, 0.25])


def test_where_one_trial_is_the_front_all_others_tell_how_far_apart_values_lie() -> None:
    points = [[0.9, 1.0], [0.5, 3.0], [0.7, 2.0]]
    scale = Preference.parse("accuracy=1,loss=1").scale(METRICS, DIRECTIONS, points)
    assert [scale.of(point) for point in points] == pytest.approx([1, 0, 0.5])


def test_what_is_not_on_the_front_may_lie_outside_of_its_ends() -> None:
    scale = Preference.parse("accuracy=1,loss=1").scale(METRICS, DIRECTIONS, [*BEATEN, *FRONT])
    assert scale.of(BEATEN[0]) < 0
    assert scale.of([1.0, 0.0]) > 1  # as a mean of other seeds may be


def test_equal_values_and_no_trials_at_all_make_no_difference() -> None:
    for points in ([[0.5, 1.0], [0.5, 1.0]], []):
        scale = Preference.parse("accuracy=1,loss=1").scale(METRICS, DIRECTIONS, points)
        assert scale.of([0.5, 1.0]) == 0
