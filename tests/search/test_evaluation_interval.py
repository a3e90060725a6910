"""How often trials are evaluated so that a pruner can judge them."""

from __future__ import annotations

from typing import Any

import pytest

from sweep.errors import UsageError
from sweep.search.evaluation_interval import TrialSteps, find_steps


def pace(max_steps: int | None, **fields: Any) -> TrialSteps:
    """Of a study that leaves Estimator's own interval, unless told otherwise."""
    given = {"steps": None, "secs": None if fields.get("steps") else 600, **fields}
    return find_steps(
        max_steps,
        given["steps"],
        given["secs"],
        wanted=given.get("wanted"),
        pruner=given.get("pruner"),
    )


def test_without_a_pruner_or_a_wish_the_study_stays_as_it_is() -> None:
    assert pace(400) == TrialSteps(400, None)
    assert pace(400, steps=50) == TrialSteps(400, None)


def test_a_wish_is_granted() -> None:
    assert pace(400, steps=50, wanted=50) == TrialSteps(400, 50)


def test_a_pruner_gets_ten_evaluations_of_a_study_that_says_nothing() -> None:
    assert pace(400, pruner="MedianPruner") == TrialSteps(400, 40)
    assert pace(401, pruner="MedianPruner") == TrialSteps(401, 41)


def test_a_pruner_takes_the_studys_own_interval() -> None:
    assert pace(400, steps=150, pruner="MedianPruner") == TrialSteps(400, 150)
    assert pace(None, steps=150, pruner="MedianPruner") == TrialSteps(None, 150)


def test_an_interval_in_seconds_that_the_study_chose_is_left_to_it() -> None:
    assert pace(400, secs=30, pruner="MedianPruner") == TrialSteps(400, None)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"max_steps": 400, "steps": 50, "wanted": 100},
            "An evaluation every 100 steps was requested, but the study's `build` sets "
            "save_checkpoints_steps=50 itself: leave one of the two out, --evaluate-every "
            "or that setting.",
        ),
        (
            {"max_steps": 400, "secs": 30, "wanted": 100},
            "An evaluation every 100 steps was requested, but the study's `build` sets "
            "save_checkpoints_secs=30 itself: leave one of the two out, --evaluate-every or "
            "that setting.",
        ),
        (
            {"max_steps": None, "pruner": "MedianPruner"},
            "MedianPruner judges trials by evaluations during the training, but a trial of "
            "this study is only evaluated at its end, and has no max_steps to divide: set "
            "the interval with --evaluate-every STEPS.",
        ),
        (
            {"max_steps": 400, "steps": 400, "pruner": "MedianPruner"},
            "MedianPruner could never prune: with an evaluation every 400 steps, a trial of "
            "400 steps is only evaluated at its end. Evaluate more often, with "
            "--evaluate-every STEPS, or leave the pruner out.",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        pace(**fields)
    assert str(raised.value) == message
