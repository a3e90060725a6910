"""Watches `train_and_evaluate` from within, only through Estimator's public interfaces.

A hook follows global_step, a checkpoint listener marks where the training pauses, and an exporter
sees every evaluation. None of them changes what is trained or measured.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol

import tensorflow as tf

from sweep.estimator.trial_spec import TrialSpec

SECONDS_BETWEEN_LOOKS = 0.5


class Observer(Protocol):
    """Observes a training, and may stop it."""

    def on_start(self, max_steps: int | None, config: Any) -> None:
        """The training starts, with this RunConfig and this last step."""

    def on_step(self, step: int) -> None:
        """The training has reached `step`; called about twice a second."""

    def on_input_end(self, has_trained: bool) -> None:
        """The training input has ended, and the training with it.

        It is called before the last evaluation; `has_trained` says whether a step was made.
        """

    def on_batches(self, n_batches: int, seconds: float, steps: int | None) -> None:
        """An evaluation is running and has processed this many batches.

        It is called about twice a second. `steps` is how many it processes at most, None if all.
        """

    def on_evaluation(self, step: int, metrics: Mapping[str, Any], n_batches: int) -> None:
        """A checkpoint was evaluated; an exception raised here ends the training."""

    def should_stop(self) -> bool:
        """Whether the training should save a checkpoint and end; asked about twice a second."""


def observed(trial_spec: TrialSpec, observer: Observer, clock: Clock) -> TrialSpec:
    """The same TrialSpec, with `observer` observing it and `clock` measuring it."""
    train, evaluate = trial_spec.train_spec, trial_spec.eval_spec
    batches, steps = BatchHook(observer, evaluate.steps), StepHook(observer, clock)
    return TrialSpec(
        trial_spec.estimator,
        train._replace(
            hooks=(*train.hooks, steps),
            saving_listeners=(_ClockListener(clock), *train.saving_listeners),
        ),
        evaluate._replace(
            hooks=(*evaluate.hooks, batches),
            exporters=(
                *evaluate.exporters,
                _EvaluationExporter(observer, clock, batches, steps),
            ),
        ),
    )


class Clock:
    """Adds up the seconds of each phase of a trial."""

    def __init__(self, phase: str) -> None:
        self._phase = phase
        self._since = time.monotonic()
        self._seconds: dict[str, float] = {}

    @property
    def phase(self) -> str:
        """The running phase."""
        return self._phase

    def enter(self, phase: str) -> None:
        """Ends the running phase and starts `phase`; does nothing if that is running already."""
        if phase == self._phase:
            return
        self._settle()
        self._phase = phase

    def seconds(self) -> dict[str, float]:
        """Seconds by phase until now, to the millisecond."""
        self._settle()
        return {phase: round(seconds, 3) for phase, seconds in self._seconds.items()}

    def _settle(self) -> None:
        now = time.monotonic()
        self._seconds[self._phase] = self._seconds.get(self._phase, 0.0) + now - self._since
        self._since = now


class StepHook(tf.compat.v1.train.SessionRunHook):
    """Reads global_step regularly.

    It is fetched in every run, because a session plans each different set of fetches separately.
    """

    def __init__(self, observer: Observer, clock: Clock) -> None:
        self._observer = observer
        self._clock = clock
        self._next_look = 0.0
        self._in_run = False
        self._has_trained = False
        self.step = 0
        """The newest known global_step."""

    def begin(self) -> None:
        self._global_step = tf.compat.v1.train.get_global_step()
        # A process that a model_fn forked ends here, before it saves a checkpoint of its own.
        self._observer.should_stop()

    def before_run(self, run_context: Any) -> Any:
        self._clock.enter("train")
        self._in_run = True
        return tf.compat.v1.train.SessionRunArgs(self._global_step)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self._in_run, self._has_trained = False, True
        self.step = int(run_values.results)
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
        self._observer.on_step(self.step)
        if self._observer.should_stop():
            run_context.request_stop()

    def end(self, session: Any) -> None:
        # A run that started and did not return has met the end of the input. Anything else that
        # ends a training does so between two runs, or by an error that skips this call.
        if self._in_run:
            self._observer.on_input_end(self._has_trained)

    def look_for_input_end(self) -> None:
        """Reports the input's end before the last evaluation, which may come before `end`.

        The session makes that evaluation while it handles the error that ended the input.
        """
        if self._in_run and isinstance(sys.exception(), tf.errors.OutOfRangeError | StopIteration):
            self._observer.on_input_end(self._has_trained)


class BatchHook(tf.compat.v1.train.SessionRunHook):
    """Counts the batches of an evaluation, and reports them while it runs."""

    def __init__(self, observer: Observer, steps: int | None) -> None:
        self._observer = observer
        self._steps = steps
        self.n_batches = 0

    def begin(self) -> None:
        self.n_batches = 0
        self._began = time.monotonic()
        self._next_look = self._began + SECONDS_BETWEEN_LOOKS

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self.n_batches += 1
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + SECONDS_BETWEEN_LOOKS
            self._observer.on_batches(self.n_batches, now - self._began, self._steps)


class _ClockListener(tf.compat.v1.train.CheckpointSaverListener):
    """Marks the start of an evaluation: Estimator evaluates in a listener that comes after this."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def after_save(self, session: Any, global_step_value: int) -> None:
        self._clock.enter("evaluate")

    def end(self, session: Any, global_step_value: int) -> None:
        self._clock.enter("evaluate")


class _EvaluationExporter(tf.estimator.Exporter):
    """Exports nothing. Exporters are where Estimator passes on every evaluation."""

    def __init__(
        self, observer: Observer, clock: Clock, batches: BatchHook, steps: StepHook
    ) -> None:
        self._observer = observer
        self._clock = clock
        self._batches = batches
        self._steps = steps

    @property
    def name(self) -> str:
        return "sweep"

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Mapping[str, Any],
        is_the_final_export: bool,
    ) -> None:
        self._clock.enter("train")
        self._steps.look_for_input_end()
        step = int(eval_result["global_step"])
        self._observer.on_evaluation(step, eval_result, self._batches.n_batches)
