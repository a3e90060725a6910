"""Constraints as people write them, and what they mean for an evaluation."""

from __future__ import annotations

import re

import pytest

from sweep.errors import UsageError
from sweep.search.constraints import Constraint, excesses, parse_constraints, total_excess


def test_constraints_are_written_as_a_mapping_or_as_texts() -> None:
    expected = (Constraint("latency", True, 20.0), Constraint("val/recall", False, 0.9))
    assert parse_constraints({"latency": "<= 20", "val/recall": ">=0.9"}) == expected
    assert parse_constraints(["latency<=20", " val/recall >= 0.9 "]) == expected
    assert parse_constraints(list(map(str, expected))) == expected
    assert len(parse_constraints({"size": [">= 1", "<= 3"]})) == 2


@pytest.mark.parametrize("text", ["latency<20", "latency", "<= 20", "a <= b", "a <= nan", "a<=inf"])
def test_what_is_no_constraint_is_refused_with_an_example(text: str) -> None:
    message = (
        f"The constraint {text!r} must be a metric, <= or >=, and a number, as in 'latency <= 20'."
    )
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        parse_constraints([text])


def test_a_bound_itself_is_kept_and_what_is_kept_makes_up_for_nothing() -> None:
    constraints = parse_constraints(["latency <= 20", "recall >= 0.5"])
    assert excesses(constraints, {"latency": 20, "recall": 0.5}) == [0, 0]
    found = excesses(constraints, {"latency": 1, "recall": 0.25})
    assert found == [-19, 0.25]
    assert total_excess(found) == 0.25


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), "NaN"])
def test_a_metric_that_is_no_finite_number_tells_nothing(value: object) -> None:
    assert excesses(parse_constraints(["latency <= 20"]), {"latency": value}) is None
