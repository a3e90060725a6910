"""When evaluations come, computed from the start of a trial."""

from __future__ import annotations

import pytest

from sweep.flow.checking.attempts import Attempt
from sweep.flow.checking.evaluations import EvaluationTimes, find_times
from sweep.flow.checking.timing import Timing
from sweep.flow.resolve import Pace
from sweep.search.pruners import make_pruner
from sweep.study.cluster import Cluster
from sweep.trial.messages import Evaluated, Examined, Order, Started, Upward

TIMING = Timing(process=0, build=0, graph=0, step=0.5, evaluation=1.0, end=0)
"""Of a training with two steps a second."""


def found(
    *,
    every: int | None = 100,
    secs: int | None = None,
    waits: tuple[int, int] = (0, 0),
    asked: int | None = None,
    max_steps: int | None = 1000,
    cluster: Cluster | None = None,
) -> EvaluationTimes:
    started = Started(max_steps, (), every, secs)
    attempt = Attempt(Order("study", 0, 1, {}, {}, 0, cluster=cluster), heard=[(0.0, started)])
    examined = Examined("", (), 5, *waits)
    return find_times(attempt, examined, Pace(asked, make_pruner(None)), TIMING)


def test_every_checkpoint_is_evaluated_and_the_end_as_well() -> None:
    assert found() == EvaluationTimes(100, 51.0, 10)
    assert found(max_steps=1010).n == 11
    assert found(max_steps=100).at_the_end_alone


def test_a_throttle_passes_checkpoints_over() -> None:
    assert found(waits=(0, 120)) == EvaluationTimes(300, 151.0, 4)
    assert found(waits=(120, 600)) == EvaluationTimes(1200, 601.0, 2)  # and at step 100


def test_an_evaluator_waits_before_its_first_evaluation() -> None:
    cluster = Cluster(evaluator=1)
    assert found(waits=(120, 0)).n == 10
    assert found(waits=(120, 0), cluster=cluster).n == 8
    assert found(waits=(120, 600), cluster=cluster).at_the_end_alone


def test_estimators_own_throttle_counts_for_nothing_where_evaluations_were_asked_for() -> None:
    assert found(waits=(120, 600), asked=100).n == 10
    assert found(waits=(120, 300), asked=100).n == 3


def test_an_interval_of_the_clock_is_told_in_seconds() -> None:
    times = found(every=None, secs=100)
    assert (times.every_steps, times.n) == (None, 5)
    assert times.every_seconds == pytest.approx(101)


def test_nobody_knows_how_many_come_where_nobody_knows_the_end() -> None:
    assert found(max_steps=None) == EvaluationTimes(100, 51.0, None)


def test_those_of_a_loop_are_told_by_those_that_it_has_had() -> None:
    heard: list[Upward] = [Started(None, loops=True)]
    heard += [Evaluated(step, {}) for step in (20, 40, 60)]
    attempt = Attempt(Order("study", 0, 1, {}, {}, 0), heard=[(0.0, said) for said in heard])
    times = find_times(attempt, None, Pace(None, make_pruner(None)), TIMING)
    assert times == EvaluationTimes(20, 11.0, None)
