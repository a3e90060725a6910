"""Uninitialized variables are found as TensorFlow finds them, with fewer ops."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from sweep.training.uninitialized import report_uninitialized

pytestmark = pytest.mark.tensorflow


def report_of_tensorflow(variables: Any = None) -> Any:
    return tf.compat.v1.report_uninitialized_variables(variables)


@pytest.mark.parametrize("use_resource", [True, False])
def test_the_same_variables_are_found(use_resource: bool) -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        made = [
            tf.compat.v1.get_variable(f"scope/v{i}", [], use_resource=use_resource)
            for i in range(4)
        ]
        reports = [report_of_tensorflow(), report_uninitialized()]
        some = [report_of_tensorflow(made[2:]), report_uninitialized(made[2:])]
        for left in (4, 2, 0):
            session.run([variable.initializer for variable in made[: 4 - left]])
            theirs, ours = session.run(reports)
            assert ours.tolist() == theirs.tolist()
            assert len(ours) == left
            assert ours.dtype == theirs.dtype
        theirs, ours = session.run(some)
        assert ours.tolist() == theirs.tolist() == []


def test_nothing_is_found_in_a_graph_without_variables() -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        assert session.run(report_uninitialized()).tolist() == []


def test_fewer_ops_are_built() -> None:
    def n_ops(report: Any) -> int:
        with tf.Graph().as_default() as graph:
            tf.compat.v1.get_variable("v", [])
            report()
            return len(graph.get_operations())

    assert n_ops(report_of_tensorflow) - n_ops(report_uninitialized) > 10
