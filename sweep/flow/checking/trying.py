"""The trials of a check: it builds one, then others with different params, and trains some."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from pathlib import Path

from sweep.engine.base import Engine
from sweep.errors import StudyError
from sweep.flow.checking.attempts import Attempt, Attempts, Progress
from sweep.flow.checking.idle_params import ParamsTried, try_params
from sweep.flow.first_trial import MOST_EXAMPLES, NUMBER, FirstTrial
from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.schedule.leg import Leg
from sweep.search.seeds import trial_seed
from sweep.search.variation import Example, Examples
from sweep.study.loader import LoadedStudy
from sweep.trial.execution import Folders
from sweep.trial.messages import Order, Started
from sweep.trial.outcome import WHATEVER_PARAMS

MOST_FAILURES = 3


@dataclass(frozen=True)
class Tried:
    """The trials of a check, and what they show."""

    built: Attempt
    """A trial that was only built."""
    params: ParamsTried
    """How the graphs depend on the params."""
    measured: Attempt
    """The same trial, trained a little."""
    again: Attempt | None
    """The same trial, trained again up to the same step; None if that failed or was not tried.

    It is not tried for clusters, whose tasks do not wait for each other.
    """
    other: Attempt | None
    """A trial with other params; None if that failed or was not tried."""
    folder: Path
    """The folder of the measured trial."""
    notices: tuple[str, ...]
    """What a person should know, in sentences."""


class Trying:
    """Tries trials of one study.

    Args:
        loaded: the study.
        name: its name.
        seed: its seed.
        examples: params of its search space.
        engine: runs the trials.
        folders: the folders that the engine got.
        progress: gets a text that says what is being done.
    """

    def __init__(
        self,
        loaded: LoadedStudy,
        name: str,
        seed: int,
        examples: Examples,
        engine: Engine,
        folders: Folders,
        progress: Progress,
    ) -> None:
        self._loaded = loaded
        self._name = name
        self._seed = trial_seed(seed, 0)
        self._examples = examples
        self._example = examples.drawn[0]
        self._engine = engine
        self._folders = folders
        self._progress = progress
        self._attempts = Attempts(engine, progress)
        self._numbers = itertools.count()
        self._notices: dict[str, str] = {}
        """The notices by their topics."""

    def build_first(self, evaluate_every: int | None) -> Started:
        """Builds a trial from the first params that work, as a sweep does.

        Raises:
            StudyError: no trial of the study can be trained.
        """
        self._progress("Building a first trial")
        drawn = self._examples.drawn[:MOST_EXAMPLES]
        left = [dict(example.params) for example in reversed(drawn)]
        scratch = TrialFolder(self._folders.scratch)
        first = FirstTrial(
            self._engine, self._name, self._loaded.spec, left, scratch, evaluate_every
        )
        first.begin()
        built = first.finish()
        self._example = drawn[len(drawn) - len(left) - 1]
        self._notices |= {text: f"Every trial{text}" for text in first.remarks}
        return built

    def vary_and_train(self, evaluate_every: int | None) -> Tried:
        """Finds out how trials depend on their params, and trains some.

        Raises:
            StudyError: all trained trials failed.
        """
        built, params = self._vary(evaluate_every)
        measured, *others = self._train_some(evaluate_every)
        return Tried(
            built,
            params,
            measured,
            self._train_again(measured),
            others[0] if others else None,
            StudyFolder(self._folders.results, self._name).trial(measured.order.number).folder,
            tuple(self._notices.values()),
        )

    def _vary(self, evaluate_every: int | None) -> tuple[Attempt, ParamsTried]:
        """Examines the first trial, and how its graphs depend on its params."""

        def build(example: Example) -> Attempt:
            order = self._order(NUMBER, example, evaluate_every)
            (attempt,) = self._attempts.run([replace(order, check_only=True, examine=True)])
            return attempt

        self._progress("Building trials with other params")
        first = build(self._example)
        if first.loops:
            return first, ParamsTried(why_not="the program trains in its own loop")
        found = try_params(self._examples, self._example, first, build)
        for params, failure in found.failed:
            given = ", ".join(f"{name}={value!r}" for name, value in params.items())
            said = failure.replace(WHATEVER_PARAMS, "").rstrip(",")
            self._notices[given] = f"With {given}, a trial cannot be built: {said}"
        return first, found

    def _train_some(self, evaluate_every: int | None) -> list[Attempt]:
        """Trains two trials side by side, and a third if both fail; returns those that worked."""
        drawn = [example for example in self._examples.drawn if example != self._example]
        examples = [self._example, *drawn][:MOST_FAILURES]
        orders = [self._order(next(self._numbers), each, evaluate_every) for each in examples]
        attempts = self._attempts.run(orders[:2])
        if all(attempt.has_failed for attempt in attempts):
            attempts += self._attempts.run(orders[2:])
        for attempt in attempts:
            self._note(attempt)
        good = [attempt for attempt in attempts if not attempt.has_failed]
        if not good:
            raise StudyError(
                f"{self._loaded.spec.where}: all trials of the check failed, the last one with: "
                f"{_failure(attempts[-1])}"
            )
        return good

    def _train_again(self, measured: Attempt) -> Attempt | None:
        """Trains the same trial again up to the same step, if that should give the same metrics."""
        if measured.is_killed or measured.order.cluster is not None:
            return None
        order = replace(measured.order, number=next(self._numbers))
        if not measured.is_whole and not measured.loops:
            order = replace(order, leg=Leg(max_steps=measured.last_step))
        (again,) = self._attempts.run([order], patient=() if measured.loops else (order.number,))
        self._note(again)
        return None if again.has_failed else again

    def _note(self, attempt: Attempt) -> None:
        """Keeps the notices of an attempt."""
        for topic, text in attempt.remarks.items():
            self._notices.setdefault(topic, f"A trial{text}")
        if attempt.has_failed:
            failure = _failure(attempt)
            self._notices.setdefault(failure, f"A trial failed: {failure}")

    def _order(self, number: int, example: Example, evaluate_every: int | None) -> Order:
        return Order(
            study=self._name,
            number=number,
            attempt=1,
            params=dict(example.params),
            suggested=dict(example.suggested),
            seed=self._seed,
            study_sha256=self._loaded.sha256,
            evaluate_every=evaluate_every,
            cluster=self._loaded.spec.cluster,
        )


def _failure(attempt: Attempt) -> str:
    assert attempt.outcome is not None
    return str(attempt.outcome.failure)
