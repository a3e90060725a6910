"""How an attempt ended: as types in the code, and as text for people and other versions."""

from __future__ import annotations

import json
import platform

import pytest

from sweep.trial.outcome import AttemptState, Cause, Failure, Outcome

OUTCOME = Outcome(
    AttemptState.FAIL,
    {"loss": 0.5},
    Failure(Cause.METRIC, "no 'accuracy'; the evaluation has loss"),
    [{"step": 10, "loss": 0.5}],
    {"build": 0.25},
    "another-machine",
)


@pytest.mark.parametrize("cause", Cause)
def test_a_failure_is_read_as_it_was_written(cause: Cause) -> None:
    failure = Failure(cause, "what was seen: in detail")
    assert str(failure) == f"{cause.value}: what was seen: in detail"
    assert Failure.from_text(str(failure)) == failure


@pytest.mark.parametrize("text", ["study.py, line 3: `build` is odd.", "no cause", "Signal: x", ""])
def test_a_bare_message_is_taken_for_no_cause(text: str) -> None:
    assert Failure.from_text(text) == Failure(Cause.EXCEPTION, text)


@pytest.mark.parametrize("state", AttemptState)
def test_an_outcome_is_read_from_json_as_it_was_written(state: AttemptState) -> None:
    outcome = Outcome(state, OUTCOME.metrics, OUTCOME.failure, OUTCOME.evaluations, OUTCOME.seconds)
    read = Outcome.from_json(json.loads(json.dumps(outcome.to_json())))
    assert read == outcome
    assert read.host == platform.node()


def test_what_json_holds_is_what_the_version_before_wrote_and_the_host() -> None:
    assert OUTCOME.to_json() == {
        "state": "FAIL",
        "metrics": {"loss": 0.5},
        "failure": "metric: no 'accuracy'; the evaluation has loss",
        "evaluations": [{"step": 10, "loss": 0.5}],
        "seconds": {"build": 0.25},
        "host": "another-machine",
    }


def test_an_outcome_without_a_host_is_of_the_version_before() -> None:
    content = OUTCOME.to_json()
    del content["host"]
    assert Outcome.from_json(content) == OUTCOME


@pytest.mark.parametrize("change", [{"state": "RUNNING"}, {"state": None}])
def test_what_is_no_outcome_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is not a valid AttemptState"):
        Outcome.from_json({**OUTCOME.to_json(), **change})


def test_failures_are_alike_by_their_cause_and_the_type_of_the_exception() -> None:
    first = Failure(Cause.EXCEPTION, "ValueError: at step 3")
    assert first.kind == Failure(Cause.EXCEPTION, "ValueError: at step 7").kind
    assert first.kind != Failure(Cause.EXCEPTION, "KeyError: at step 3").kind
    assert first.kind != Failure(Cause.NO_DATA, "ValueError: at step 3").kind


def test_failures_are_alike_at_whatever_step() -> None:
    def ended_at(step: int) -> Failure:
        return Failure(Cause.NO_DATA, f"the training's input_fn ended at step {step}, before 1000")

    assert ended_at(100).kind == ended_at(300).kind
