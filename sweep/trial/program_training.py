"""What becomes of the calls of Estimator that a program makes while it is a trial.

They train and evaluate as they would by themselves, and the sweep is told of it.
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
    "the program trains in a loop of its own, which cannot be divided: rungs, populations and "
    "extensions need one that calls train_and_evaluate with max_steps."
)

LOOPS_IN_CLUSTER = (
    "the program trains in a loop of its own, and in a cluster only train_and_evaluate does a "
    "task's part: leave --cluster out."
)


class LegDone(BaseException):
    """The leg is trained, and what the program does after its training is of no use yet."""


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
    """Which task of a cluster the program is."""
    ending: BaseException | None = None
    """What ends the attempt, though the program may have caught it."""
    failed: Exception | None = None
    """What the last training has failed of, though the program may have caught it."""
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
            self._heed_stop(int(metrics["global_step"]))
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
                self._begin_loop(estimator, given)
            hook = StepHook(_ObservedLoop(self.telling, None), self.clock)
            given["hooks"] = [*(given.get("hooks") or ()), hook]
            with self._noting_failure():
                original(estimator, **given)
            self.telling.look_further()
            self._heed_stop(hook.step)
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
            self._heed_stop(step)
            return metrics

    def _begin_loop(self, estimator: Any, given: Mapping[str, Any]) -> None:
        """Begins afresh where the loop would train on top of what an earlier attempt has done."""
        self.telling.reporter.on_start(None, estimator.config, loops=True)
        assert self.held is not None
        if given.get("max_steps") is not None:
            self.held.give_back(self._remark)
        elif self.held.holds:
            forget_checkpoints(self.folder.model_dir)
            self._remark(
                "afresh",
                " was interrupted and begins afresh, for its program trains in a loop of its own.",
            )

    @contextmanager
    def _call(self, estimator: Any) -> Iterator[None]:
        """Goes through with a call unless the attempt has ended, and keeps what ends it."""
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

    def _heed_stop(self, step: int) -> None:
        self.telling.reporter.heed_stop(step)


class Telling:
    """Tells the sweep of a program's metrics, wherever they are said."""

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
        """Tells of an evaluation, if it has a metric that is wanted."""
        has_wanted = self._evaluations.add(metrics, name)
        known = {**self._evaluations.metrics, "global_step": step}
        if has_wanted:
            self.reporter.on_evaluation(step, known, n_batches)
        else:
            self.reporter.note(known, n_batches)

    def look_further(self) -> None:
        """Tells of what was said elsewhere than in evaluations since the last time."""
        said: list[Said] = list(self._hypertune.news())
        if self._evaluations.lacks:
            said += self._summaries.news(self._evaluations.lacks)
        for step, metrics in said:
            self.tell(step, metrics, n_batches=1)


class _ObservedCall:
    """Observes a `train_and_evaluate` of a program, whose evaluation may have a name."""

    def __init__(self, telling: Telling, name: str | None) -> None:
        self.telling = telling
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self.telling.reporter, attribute)

    def on_evaluation(self, step: int, metrics: Mapping[str, Any], n_batches: int) -> None:
        self.telling.tell(step, metrics, n_batches, self._name)
        self.telling.look_further()


class _ObservedLoop(_ObservedCall):
    """Observes a `train` that is one of several: the end of its data is not the training's."""

    def on_input_end(self, has_trained: bool) -> None:
        if not has_trained:
            self.telling.reporter.on_input_end(has_trained)


class HeldCheckpoint:
    """A trial's newest checkpoint, out of the reach of a program that clears its folder."""

    def __init__(self, folder: TrialFolder) -> None:
        self._folder = folder
        if not has_checkpoint(folder.model_dir) and has_checkpoint(folder.held):
            take_over(folder.held, folder.model_dir)  # the program was killed as it started
        self.holds = has_checkpoint(folder.model_dir)
        if self.holds:
            shutil.rmtree(folder.held, ignore_errors=True)
            take_over(folder.model_dir, folder.held)

    def give_back(self, remark: Remark) -> None:
        """Puts it back if it is gone."""
        if self.holds and not has_checkpoint(self._folder.model_dir):
            take_over(self._folder.held, self._folder.model_dir)
            remark(
                "cleared folder",
                "'s program clears its model_dir as it starts; the checkpoint that it goes on from "
                "was put back.",
            )


@contextmanager
def checkpoint_held(folder: TrialFolder, task: Task | None) -> Iterator[HeldCheckpoint | None]:
    """Holds the newest checkpoint within the block; of a cluster's tasks, the chief does."""
    if task is not None and not task.is_chief:
        yield None
        return
    try:
        yield HeldCheckpoint(folder)
    finally:
        shutil.rmtree(folder.held, ignore_errors=True)
