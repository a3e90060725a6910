"""Handles the calls of Estimator that a program makes while it is a trial.

They train and evaluate as they would without a sweep, and the sweep gets reports of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sweep.errors import StudyError
from sweep.folder.checkpoints import forget_checkpoints, has_checkpoint, take_over
from sweep.folder.layout import TrialFolder
from sweep.schedule.leg import WHOLE, Leg
from sweep.study.own_config import Remark, carry_over
from sweep.training.call import TrainingCall
from sweep.training.observe import BatchHook, Clock, Observer, StepHook
from sweep.trial.cluster.task import Task
from sweep.trial.program_metrics import Evaluations, HypertuneFile, Said, SummaryTags
from sweep.trial.reporter import Pruned, Reporter, Stopped

NewCall = Callable[[Observer], TrainingCall]
LOOPS = (
    "the program trains in its own loop, which cannot be divided: rungs, populations and "
    "extensions need a program that calls train_and_evaluate with max_steps."
)

LOOPS_IN_CLUSTER = (
    "the program trains in its own loop, but only train_and_evaluate can do a task's part in a "
    "cluster: leave --cluster out."
)


class LegDone(BaseException):
    """The leg is trained, and what the program does after its training is not needed yet."""


@dataclass
class ProgramTraining:
    """Takes a program's calls, and trains."""

    leg: Leg
    folder: TrialFolder
    config: Any
    telling: Telling
    clock: Clock
    new_call: NewCall
    held: HeldCheckpoint | None
    """None in a task of a cluster that is not the chief."""
    task: Task | None = None
    """The program's task in a cluster."""
    ending: BaseException | None = None
    """The exception that ends the attempt, even if the program caught it."""
    failed: Exception | None = None
    """The exception that the last training failed with, even if the program caught it."""
    is_last_leg: bool = True
    _n_calls: int = 0

    def train_and_evaluate(self, estimator: Any, train_spec: Any, eval_spec: Any) -> Any:
        with self._call(estimator):
            if self._n_calls > 1 and self.leg != WHOLE:
                raise StudyError(
                    "the program calls train_and_evaluate more than once, so its training cannot "
                    "be divided: leave rungs, the population or the extension out."
                )
            if self.held is not None:
                self.held.give_back(self._remark)
            call = self.new_call(_ObservedCall(self.telling, eval_spec.name))
            with self._noting_failure():
                metrics, exports = call.train_and_evaluate(estimator, train_spec, eval_spec)
            self.is_last_leg = call.is_last_leg
            self._stop_if_asked(int(metrics["global_step"]))
            if not self.is_last_leg:
                raise LegDone
            return metrics, exports

    def train(self, original: Callable[..., Any], estimator: Any, **given: Any) -> Any:
        with self._call(estimator):
            if self.task is not None:
                raise StudyError(LOOPS_IN_CLUSTER)
            if self.leg != WHOLE:
                raise StudyError(LOOPS)
            if self._n_calls == 1:
                self._start_loop(estimator, given)
            hook = StepHook(_ObservedLoop(self.telling, None), self.clock)
            given["hooks"] = [*(given.get("hooks") or ()), hook]
            with self._noting_failure():
                original(estimator, **given)
            self.telling.look_further()
            self._stop_if_asked(hook.step)
            return estimator

    def evaluate(self, original: Callable[..., Any], estimator: Any, **given: Any) -> Any:
        with self._call(estimator):
            before = self.clock.phase
            self.clock.enter("evaluate")
            hook = BatchHook(self.telling.reporter, given.get("steps"))
            given["hooks"] = [*(given.get("hooks") or ()), hook]
            metrics = original(estimator, **given)
            self.clock.enter(before)
            step = int(metrics["global_step"])
            self.telling.tell(step, metrics, hook.n_batches, given.get("name"))
            self.telling.look_further()
            self._stop_if_asked(step)
            return metrics

    def _start_loop(self, estimator: Any, given: Mapping[str, Any]) -> None:
        """Starts again if the loop would train on top of an earlier attempt's checkpoint."""
        self.telling.reporter.on_start(None, estimator.config, loops=True)
        assert self.held is not None
        if given.get("max_steps") is not None:
            self.held.give_back(self._remark)
        elif self.held.holds:
            forget_checkpoints(self.folder.model_dir)
            self._remark(
                "restart",
                " was interrupted and starts again from step 0, because its program trains in its "
                "own loop.",
            )

    @contextmanager
    def _call(self, estimator: Any) -> Iterator[None]:
        """Makes a call unless the attempt has ended, and keeps the exception that ends it."""
        if self.ending is not None:
            raise self.ending
        self._n_calls += 1
        carry_over(estimator, self.config, self._remark, can_be_given=False)
        try:
            yield
        except (Pruned, Stopped, StudyError, LegDone) as error:
            self.ending = error
            raise

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        self.failed = None
        try:
            yield
        except Exception as error:
            self.failed = error
            raise

    def _remark(self, topic: str, text: str) -> None:
        self.telling.reporter.remark(topic, text)

    def _stop_if_asked(self, step: int) -> None:
        self.telling.reporter.stop_if_asked(step)


class Telling:
    """Reports a program's metrics to the sweep, wherever they come from."""

    def __init__(
        self,
        reporter: Reporter,
        evaluations: Evaluations,
        hypertune: HypertuneFile,
        summaries: SummaryTags,
    ) -> None:
        self.reporter = reporter
        self._evaluations = evaluations
        self._hypertune = hypertune
        self._summaries = summaries

    def tell(
        self, step: int, metrics: Mapping[str, Any], n_batches: int, name: str | None = None
    ) -> None:
        """Reports an evaluation, if it has a wanted metric."""
        has_wanted = self._evaluations.add(metrics, name)
        known = {**self._evaluations.metrics, "global_step": step}
        if has_wanted:
            self.reporter.on_evaluation(step, known, n_batches)
        else:
            self.reporter.note(known, n_batches)

    def look_further(self) -> None:
        """Reports metrics that came from elsewhere than evaluations since the last call."""
        said: list[Said] = list(self._hypertune.news())
        if self._evaluations.lacks:
            said += self._summaries.news(self._evaluations.lacks)
        for step, metrics in said:
            self.tell(step, metrics, n_batches=1)


class _ObservedCall:
    """Observes a program's `train_and_evaluate`, whose evaluation may have a name."""

    def __init__(self, telling: Telling, name: str | None) -> None:
        self.telling = telling
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self.telling.reporter, attribute)

    def on_evaluation(self, step: int, metrics: Mapping[str, Any], n_batches: int) -> None:
        self.telling.tell(step, metrics, n_batches, self._name)
        self.telling.look_further()


class _ObservedLoop(_ObservedCall):
    """Observes one `train` of several: if its data ends, the training need not."""

    def on_input_end(self, has_trained: bool) -> None:
        if not has_trained:
            self.telling.reporter.on_input_end(has_trained)


class HeldCheckpoint:
    """A trial's newest checkpoint, kept safe from a program that clears its folder."""

    def __init__(self, folder: TrialFolder) -> None:
        self._folder = folder
        if not has_checkpoint(folder.model_dir) and has_checkpoint(folder.held):
            take_over(folder.held, folder.model_dir)  # the program was killed during its start
        self.holds = has_checkpoint(folder.model_dir)
        if self.holds:
            shutil.rmtree(folder.held, ignore_errors=True)
            take_over(folder.model_dir, folder.held)

    def give_back(self, remark: Remark) -> None:
        """Puts the checkpoint back if it is gone."""
        if self.holds and not has_checkpoint(self._folder.model_dir):
            take_over(self._folder.held, self._folder.model_dir)
            remark(
                "cleared folder",
                "'s program clears its model_dir when it starts, so sweep put back the checkpoint "
                "that it continues from.",
            )


@contextmanager
def checkpoint_held(folder: TrialFolder, task: Task | None) -> Iterator[HeldCheckpoint | None]:
    """Holds the newest checkpoint within the block; in a cluster, the chief does."""
    if task is not None and not task.is_chief:
        yield None
        return
    try:
        yield HeldCheckpoint(folder)
    finally:
        shutil.rmtree(folder.held, ignore_errors=True)
