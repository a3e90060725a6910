"""What happens to a trial when its attempt has ended, for every way in which it can end."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import pytest

from sweep.flow.verdict import PutBack, Retry, Tell, verdict
from sweep.trial.outcome import LOST_PROCESS, AttemptState, Cause, Failure, Outcome

KILLED = Outcome.failed(Cause.SIGNAL, "SIGKILL")
STOPPED = Outcome(AttemptState.WAITING)


@dataclass
class Trial:
    stop_asked: bool = False
    told_by_another: bool = False
    n_retries: int = 0


@dataclass
class Brakes:
    is_interrupted: bool = False
    are_killing: bool = False


def judge(
    outcome: Outcome, trial: Trial | None = None, brakes: Brakes | None = None, retries: int = 2
) -> Retry | PutBack | Tell:
    return verdict(outcome, trial or Trial(), retries, brakes or Brakes())


@pytest.mark.parametrize("state", [AttemptState.COMPLETE, AttemptState.PRUNED, AttemptState.PAUSED])
def test_a_trial_that_has_come_to_its_end_is_told(state: AttemptState) -> None:
    assert judge(Outcome(state)) == Tell(Outcome(state))


@pytest.mark.parametrize("cause", sorted(set(Cause) - LOST_PROCESS - {Cause.DISK_FULL}))
def test_a_failure_of_the_model_or_a_limit_is_told_at_once(cause: Cause) -> None:
    outcome = Outcome.failed(cause, "as it may be")
    assert judge(outcome) == Tell(outcome)


@pytest.mark.parametrize("cause", sorted(LOST_PROCESS))
def test_a_lost_process_is_tried_again(cause: Cause) -> None:
    outcome = Outcome.failed(cause, "as it may be")
    assert judge(outcome) == Retry(Failure(cause, "as it may be"))


@pytest.mark.parametrize(("n_retries", "expected"), [(0, Retry), (1, Retry), (2, Tell)])
def test_a_trial_is_tried_again_as_often_as_was_asked(n_retries: int, expected: type) -> None:
    assert isinstance(judge(KILLED, Trial(n_retries=n_retries)), expected)


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.failed(Cause.SIGNAL, "SIGSEGV"),
        Outcome.failed(Cause.EXIT, "the process ended with code 1"),
        Outcome.failed(Cause.OUT_OF_MEMORY, "the kernel killed the process"),
    ],
)
def test_a_crash_is_tried_again_once_at_most(outcome: Outcome) -> None:
    assert isinstance(judge(outcome, Trial(n_retries=0), retries=sys.maxsize), Retry)
    assert judge(outcome, Trial(n_retries=1), retries=sys.maxsize) == Tell(outcome)
    assert judge(outcome, Trial(n_retries=0), retries=0) == Tell(outcome)


def test_no_attempt_is_made_again_while_the_sweep_is_being_ended() -> None:
    assert judge(KILLED, brakes=Brakes(is_interrupted=True)) == Tell(KILLED)


def test_no_attempt_is_made_again_at_a_trial_that_another_has_told() -> None:
    assert judge(KILLED, Trial(told_by_another=True)) == Tell(KILLED)


def test_a_trial_that_was_stopped_is_put_back() -> None:
    assert judge(STOPPED, brakes=Brakes(is_interrupted=True)) == PutBack(STOPPED)


def test_a_trial_that_the_sweep_has_killed_is_put_back() -> None:
    put_back = judge(KILLED, brakes=Brakes(is_interrupted=True, are_killing=True))
    assert put_back == PutBack(replace(KILLED, state=AttemptState.WAITING))


def test_a_trial_that_failed_by_itself_while_the_sweep_killed_the_others_is_told() -> None:
    outcome = Outcome.failed(Cause.NAN_LOSS, "at step 3")
    assert judge(outcome, brakes=Brakes(is_interrupted=True, are_killing=True)) == Tell(outcome)


def test_a_full_disk_puts_a_trial_back_however_often_it_was_tried() -> None:
    outcome = Outcome.failed(Cause.DISK_FULL, "No space left on device")
    put_back = judge(outcome, Trial(n_retries=2), retries=0)
    assert put_back == PutBack(replace(outcome, state=AttemptState.WAITING))


@pytest.mark.parametrize("state", [AttemptState.WAITING, AttemptState.PAUSED])
def test_a_trial_that_somebody_wanted_to_end_is_pruned(state: AttemptState) -> None:
    told = judge(Outcome(state, {"score": 0.5}), Trial(stop_asked=True))
    assert told == Tell(Outcome(AttemptState.PRUNED, {"score": 0.5}))


def test_a_trial_that_somebody_wanted_to_end_may_still_complete_or_be_lost() -> None:
    complete = Outcome(AttemptState.COMPLETE)
    assert judge(complete, Trial(stop_asked=True)) == Tell(complete)
    assert isinstance(judge(KILLED, Trial(stop_asked=True)), Retry)
