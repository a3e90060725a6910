"""What can stop a sweep, without a process to stop."""

from __future__ import annotations

import os
import signal

import pytest

from sweep.errors import FailingError, Interrupted
from sweep.flow.brakes import Brakes, stopping
from sweep.flow.interruption import Interruption
from sweep.trial.outcome import AttemptState, Cause, Outcome

RAISES = Outcome.failed(Cause.EXCEPTION, "ValueError: no such optimizer")
RAISES_ELSE = Outcome.failed(Cause.EXCEPTION, "ValueError: another text")
OTHERWISE = Outcome.failed(Cause.EXCEPTION, "KeyError: 'lr'")
NAN_LOSS = Outcome.failed(Cause.NAN_LOSS, "NaN loss during training.")
COMPLETE = Outcome(AttemptState.COMPLETE)
NO_METRIC = Outcome.failed(Cause.METRIC, "no 'auc'; the evaluation has accuracy, loss")
BAD_METRIC = Outcome.failed(Cause.METRIC, "'auc' is nan, not a finite number")
NO_MODULE = Outcome.failed(Cause.EXCEPTION, "ModuleNotFoundError: No module named 'addons'")
NO_NAME = Outcome.failed(Cause.EXCEPTION, "NameError: name 'optimiser' is not defined")
UNBOUND = Outcome.failed(Cause.EXCEPTION, "UnboundLocalError: cannot access 'optimizer'")


def brakes_after(*outcomes: Outcome) -> Brakes:
    brakes = Brakes(Interruption())
    for outcome in outcomes:
        brakes.note(outcome)
    return brakes


@pytest.mark.parametrize(
    ("outcomes", "are_off"),
    [
        ([RAISES] * 2, True),
        ([RAISES] * 3, False),
        ([RAISES, RAISES_ELSE, RAISES], False),
        ([RAISES, OTHERWISE, RAISES], True),
        ([COMPLETE, RAISES, RAISES, RAISES], True),
        ([NAN_LOSS] * 5, True),
        ([COMPLETE] * 5, True),
        ([NO_METRIC], False),
        ([NO_MODULE], False),
        ([NO_NAME, NO_NAME], False),
        ([COMPLETE, NO_NAME], True),
        ([NO_NAME, COMPLETE], True),
        ([BAD_METRIC] * 2, True),
        ([UNBOUND] * 2, True),
    ],
)
def test_the_first_trials_that_fail_alike_stop_a_sweep_but_not_by_nan(
    outcomes: list[Outcome], are_off: bool
) -> None:
    assert brakes_after(*outcomes).are_off is are_off


def test_failures_alike_are_said_at_the_end() -> None:
    with pytest.raises(FailingError) as raised:
        brakes_after(RAISES, RAISES, RAISES).raise_if_stopped()
    assert str(raised.value) == (
        "The first 3 trials all failed in the same way, so no more were started. Fix the cause. "
        "Then the same command runs the missing trials, and `sweep retry` runs the failed ones "
        "again."
    )


def test_a_failure_that_no_params_fix_is_said_at_the_end() -> None:
    with pytest.raises(FailingError) as raised:
        brakes_after(NO_MODULE).raise_if_stopped()
    assert str(raised.value) == (
        "The first trial failed for a reason that no params fix (exception: ModuleNotFoundError: "
        "No module named 'addons'), so no more trials were started. Fix the cause. Then the same "
        "command runs the missing trials, and `sweep retry` runs the failed ones again."
    )


def test_a_trial_that_was_put_back_is_no_failure() -> None:
    full = Outcome.failed(Cause.DISK_FULL, "No space left on device")
    put_back = Outcome(AttemptState.WAITING, failure=full.failure)
    assert brakes_after(put_back, put_back, put_back).are_off


def test_no_more_trials_start_after_the_timeout_and_that_is_no_error() -> None:
    brakes = Brakes(Interruption(), timeout=1e-9)
    assert not brakes.are_off
    brakes.raise_if_stopped()
    assert Brakes(Interruption(), timeout=1000.0).are_off


def test_no_more_trials_start_when_as_many_have_failed_as_may() -> None:
    brakes = Brakes(Interruption(), max_failed=2)
    failed = Outcome.failed(Cause.TIMEOUT, "after 9 s")
    for outcome in (failed, Outcome(AttemptState.COMPLETE)):
        brakes.note(outcome)
    assert brakes.are_off
    brakes.note(failed)
    assert not brakes.are_off
    with pytest.raises(FailingError) as raised:
        brakes.raise_if_stopped()
    assert str(raised.value) == (
        "2 trials failed, which is the limit of --max-failed, so no more were started."
    )


def test_every_signal_is_heeded_once_in_its_order() -> None:
    with Interruption() as interruption:
        brakes = Brakes(interruption)
        assert list(brakes.new_signals()) == []
        os.kill(os.getpid(), signal.SIGTERM)
        assert (brakes.is_interrupted, brakes.are_off, brakes.are_killing) == (True, False, False)
        assert list(brakes.new_signals()) == [1]
        assert not brakes.are_killing
        os.kill(os.getpid(), signal.SIGINT)
        assert list(brakes.new_signals()) == [2]
        assert list(brakes.new_signals()) == []
        assert brakes.are_killing
    with pytest.raises(Interrupted) as raised:
        brakes.raise_if_stopped()
    assert raised.value.exit_code == 128 + signal.SIGINT


def test_stopping_says_what_still_runs() -> None:
    assert stopping(0) == "Stopping."
    assert stopping(1) == (
        "Stopping: the running trial saves a checkpoint and ends. Interrupt again to kill it."
    )
    assert stopping(2) == (
        "Stopping: 2 running trials save a checkpoint and end. Interrupt again to kill them."
    )
