"""What can stop a sweep before it has all its trials: signals, its timeout, failures."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

from sweep.errors import FailingError, Interrupted
from sweep.flow.interruption import Interruption
from sweep.trial.outcome import AttemptState, Cause, Failure, Outcome

FAILURES_ALIKE = 3
_AFTER_ALIKE = (
    "Fix the cause. Then the same command runs the missing trials, and `sweep retry` runs the "
    "failed ones again."
)
_OF_THE_CODE = ("ImportError", "ModuleNotFoundError", "NameError")


class Brakes:
    """What can stop one sweep.

    Args:
        interruption: counts the signals that ask it to stop.
        timeout: seconds from now, after which no more trials start; None is no limit.
        max_failed: the number of failed trials after which no more start; None is no limit.
    """

    def __init__(
        self,
        interruption: Interruption,
        timeout: float | None = None,
        max_failed: int | None = None,
    ) -> None:
        self._interruption = interruption
        self._last_moment = time.monotonic() + (timeout or math.inf)
        self._max_failed = max_failed or math.inf
        self._n_handled = 0
        self._n_ended = self._n_failed = 0
        self._first: Failure | None = None
        """Why the first trial of this run failed, if it did."""
        self._kinds: set[object] = set()
        """The kinds of failures of this run's trials; None stands for those that did not fail."""

    def note(self, outcome: Outcome) -> None:
        """Records how a trial of this run ended."""
        failure = outcome.failure if outcome.state is AttemptState.FAIL else None
        if self._n_ended == 0:
            self._first = failure
        self._n_ended += 1
        self._n_failed += failure is not None
        self._kinds.add(failure and failure.kind)

    @property
    def are_off(self) -> bool:
        """Whether more trials may start."""
        in_time = time.monotonic() < self._last_moment
        return in_time and not (self.is_interrupted or self._fail_alike or self._fail_too_often)

    @property
    def is_interrupted(self) -> bool:
        """Whether a signal asked the sweep to stop."""
        return self._interruption.signal is not None

    @property
    def are_killing(self) -> bool:
        """Whether running trials were killed, because a second signal came."""
        return self._n_handled > 1

    def new_signals(self) -> Iterator[int]:
        """The signals that were not handled yet: 1 for the first of the sweep, and so on."""
        while self._n_handled < self._interruption.count:
            self._n_handled += 1
            yield self._n_handled

    def raise_if_stopped(self) -> None:
        """Says why a sweep stopped early.

        Raises:
            Interrupted: a signal asked for it.
            FailingError: its trials failed alike, or too many of them.
        """
        if self._interruption.signal is not None:
            raise Interrupted(
                f"Interrupted by {self._interruption.signal.name}. Checkpoints are not lost: run "
                "the same command again to continue.",
                self._interruption.signal,
            )
        if self._fail_alike and self._n_ended < FAILURES_ALIKE:
            raise FailingError(
                f"The first trial failed for a reason that no params fix ({self._first}), "
                f"so no more trials were started. {_AFTER_ALIKE}"
            )
        if self._fail_alike:
            raise FailingError(
                f"The first {self._n_ended} trials all failed in the same way, so no more "
                f"were started. {_AFTER_ALIKE}"
            )
        if self._fail_too_often:
            raise FailingError(
                f"{self._n_failed} trials failed, which is the limit of --max-failed, so no more "
                "were started."
            )

    @property
    def _fail_too_often(self) -> bool:
        return self._n_failed >= self._max_failed

    @property
    def _fail_alike(self) -> bool:
        """Whether all trials of this run failed, for one reason that does not depend on params."""
        if self._first is None or len(self._kinds) != 1:
            return False
        enough = 1 if _is_of_the_study(self._first) else FAILURES_ALIKE
        return self._n_ended >= enough and self._first.cause is not Cause.NAN_LOSS


def stopping(n: int) -> str:
    """The reply to the first signal, while `n` trials run."""
    if n == 0:
        return "Stopping."
    if n == 1:
        return (
            "Stopping: the running trial saves a checkpoint and ends. Interrupt again to kill it."
        )
    return f"Stopping: {n} running trials save a checkpoint and end. Interrupt again to kill them."


def _is_of_the_study(failure: Failure) -> bool:
    """Whether other params are unlikely to fix it: a metric or a name that does not exist."""
    cause, what = failure.kind
    if cause is Cause.METRIC:
        return failure.detail.startswith("no ")
    return cause is Cause.EXCEPTION and what in _OF_THE_CODE
