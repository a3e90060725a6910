"""A first trial, built without being trained, to find what is wrong with a study before a sweep."""

from __future__ import annotations

from typing import Any

from sweep import location
from sweep.engine.base import Engine
from sweep.errors import StudyError
from sweep.folder.layout import TrialFolder
from sweep.study.spec import StudySpec
from sweep.trial.messages import Ended, Order, Started, Upward
from sweep.trial.outcome import LOST_PROCESS, Cause, Failure, Outcome

MOST_EXAMPLES = 3
SECONDS_BETWEEN_LOOKS = 0.2
NUMBER = -1
"""Of no trial that a study has."""


class FirstTrial:
    """Builds a trial from example params, while this process does something else.

    An exception in `build` may come from the params, so it counts when several are no better.

    Args:
        engine: what builds it.
        study: the study's name.
        spec: what it declares.
        examples: params that its search space has given, to try it with.
        scratch: the trial's folder.
        evaluate_every: steps between evaluations that were asked for.
    """

    def __init__(
        self,
        engine: Engine,
        study: str,
        spec: StudySpec,
        examples: list[dict[str, Any]],
        scratch: TrialFolder,
        evaluate_every: int | None,
    ) -> None:
        self._engine = engine
        self._study = study
        self._spec = spec
        self._scratch = scratch
        self._evaluate_every = evaluate_every
        self._examples = examples
        self._built = Started(None)
        self._outcome: Outcome | None = None

    def begin(self) -> None:
        """Starts an attempt that builds a trial from the next example."""
        params = self._examples.pop()
        self._engine.start(
            Order(
                study=self._study,
                number=NUMBER,
                attempt=1,
                params=params,
                suggested=params,
                seed=0,
                evaluate_every=self._evaluate_every,
                check_only=True,
            )
        )

    def finish(self) -> Started:
        """Waits for what the attempt has found, and returns how the trial would be trained.

        Raises:
            StudyError: no trial of the study can be trained.
        """
        outcome = self._wait()
        while outcome.cause is Cause.EXCEPTION and self._examples:
            self.begin()
            outcome = self._wait()
        if outcome.failure is not None:
            raise StudyError(self._what_is_wrong(outcome.failure))
        return self._built

    def _what_is_wrong(self, failure: Failure) -> str:
        where = location.of_function(self._spec.build)
        if failure.cause in LOST_PROCESS:
            return (
                f"{where}: the process that built a first trial was lost ({failure}). "
                f"It printed last: {self._scratch.last_words() or 'nothing'}"
            )
        if failure.cause is Cause.EXCEPTION:
            return f"{where}: `build` raises whatever the params: {failure.detail}"
        return failure.detail

    def _wait(self) -> Outcome:
        self._outcome = None
        while self._outcome is None:
            self._engine.listen(SECONDS_BETWEEN_LOOKS, self._take)
        return self._outcome

    def _take(self, _number: int, message: Upward) -> None:
        if isinstance(message, Started):
            self._built = message
        if isinstance(message, Ended):
            self._outcome = message.outcome
