"""A first trial, built but not trained, to find what is wrong with a study before a sweep."""

from __future__ import annotations

from typing import Any

from sweep.engine.base import Engine
from sweep.errors import StudyError
from sweep.folder.layout import TrialFolder
from sweep.schedule.leg import WHOLE, Leg
from sweep.study.spec import StudySpec
from sweep.trial.messages import Ended, Order, Remarked, Started, Upward
from sweep.trial.outcome import LOST_PROCESS, Cause, Failure, Outcome

MOST_EXAMPLES = 5
SECONDS_BETWEEN_LOOKS = 0.2
NUMBER = -1
"""A number that no trial of a study has."""
_MAYBE_BY_PARAMS = (Cause.EXCEPTION, Cause.METRIC)
_ENDED_FROM_OUTSIDE = LOST_PROCESS | {Cause.TIMEOUT}


class FirstTrial:
    """Builds a trial from example params, while this process does something else.

    The params themselves can cause an exception or a missing metric. Such failures count only if
    several params fail.

    Args:
        engine: builds the trial.
        study: the study's name.
        spec: what the study declares.
        examples: params from its search space to try.
        scratch: the trial's folder.
        evaluate_every: steps between evaluations, if they were asked for.
        leg: which part of a training the sweep's trials do.
    """

    def __init__(
        self,
        engine: Engine,
        study: str,
        spec: StudySpec,
        examples: list[dict[str, Any]],
        scratch: TrialFolder,
        evaluate_every: int | None,
        leg: Leg = WHOLE,
    ) -> None:
        self._engine = engine
        self._study = study
        self._spec = spec
        self._scratch = scratch
        self._evaluate_every = evaluate_every
        self._leg = leg
        self._examples = examples
        self._built = Started(None)
        self._outcome: Outcome | None = None
        self.remarks: list[str] = []
        """What a person should know about every trial, as sentences that follow its name."""

    def begin(self) -> None:
        """Starts an attempt that builds a trial from the next example."""
        params = self._examples.pop()
        self._outcome = None
        self._engine.start(
            Order(
                study=self._study,
                number=NUMBER,
                attempt=1,
                params=params,
                suggested=params,
                seed=0,
                leg=self._leg,
                evaluate_every=self._evaluate_every,
                cluster=self._spec.cluster,
                check_only=True,
            )
        )

    def wait_for_slot(self) -> None:
        """Waits until the attempt has a slot."""
        while self._outcome is None and not self._engine.has_slot(NUMBER):
            self._engine.listen(SECONDS_BETWEEN_LOOKS, self._take)

    def finish(self) -> Started:
        """Waits for the attempt, and returns how the trial would be trained.

        Raises:
            StudyError: no trial of the study can be trained.
        """
        outcome = self._wait()
        while outcome.cause in _MAYBE_BY_PARAMS and self._examples:
            self.begin()
            outcome = self._wait()
        if outcome.failure is not None:
            raise StudyError(self._what_is_wrong(outcome.failure))
        return self._built

    def _what_is_wrong(self, failure: Failure) -> str:
        if failure.cause in _ENDED_FROM_OUTSIDE:
            return (
                f"{self._spec.where}: the process that built a first trial was lost ({failure}). "
                f"Its last output: {self._scratch.last_words() or 'nothing'}"
            )
        return failure.detail

    def _wait(self) -> Outcome:
        while self._outcome is None:
            self._engine.listen(SECONDS_BETWEEN_LOOKS, self._take)
        return self._outcome

    def _take(self, _number: int, message: Upward) -> None:
        if isinstance(message, Started):
            self._built = message
        if isinstance(message, Remarked):
            self.remarks.append(message.text)
        if isinstance(message, Ended):
            self._outcome = message.outcome
