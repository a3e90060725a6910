"""One attempt at one trial, from params to its outcome: build, train, evaluate, report.

Not here: the process it runs in and where its output goes (`process`).
"""

from __future__ import annotations

import logging
import math
import random
import re
import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from sweep.errors import StudyError
from sweep.estimator.trial_spec import TrialSpec
from sweep.folder.checkpoints import MissingCheckpointError, put_aside_broken, take_over
from sweep.folder.room import is_full
from sweep.study.check import build_trial
from sweep.study.spec import StudySpec
from sweep.training.fetch_cache import fetch_sparingly
from sweep.training.leg import NotAtTheEnd, OtherShapeError, SameShapes
from sweep.training.lifting.pipeline import with_lifted_arrays
from sweep.training.observe import Clock, observed
from sweep.training.session_close import closing_aside
from sweep.training.sparing_saves import save_sparingly
from sweep.training.uninitialized import look_sparingly
from sweep.trial.messages import Answer, Evaluated, Order, Outcome, Progressed, Started

_OP_SAID = re.compile(r"\nNode: '(?P<op>[^']+)'\n(?P<words>.+?)(?=\n\s*\[\[|\n\n|$)", re.DOTALL)
_LACKED = re.compile(r"^Restoring from checkpoint failed.*Key (\S+) not found", re.DOTALL)


def run_attempt(spec: StudySpec, order: Order, channel: Connection) -> Outcome:
    """Trains and evaluates one trial; whatever the user's code does comes back as an Outcome."""
    _log_progress()
    save_sparingly(spec.write_graph)
    look_sparingly()
    fetch_sparingly()
    clock = Clock("build")
    reporter = _Reporter(channel)
    try:
        broken = put_aside_broken(order.paths.model_dir, order.paths.broken)
        if order.leg.source is not None:
            take_over(order.leg.source, order.paths.model_dir)
        trial_spec, is_last_leg = _on_leg(build(spec, order), order)
        reporter.on_start(_started(trial_spec, broken))
        clock.enter("train")
        if spec.lift_arrays:
            trial_spec = with_lifted_arrays(trial_spec)
        trial_spec = closing_aside(observed(trial_spec, reporter, clock))
        metrics = _train_and_evaluate(trial_spec, reporter)
        state, failure = _judge(metrics, spec.metrics, reporter)
        if state == "COMPLETE" and not is_last_leg and reporter.is_at_end:
            state = "PAUSED"
    except _Pruned:
        state, failure = "PRUNED", None
    except _Stopped:
        state, failure = "WAITING", None
    except MissingCheckpointError as error:
        state, failure = "FAIL", f"no checkpoint: {error}"
    except OtherShapeError as error:
        state, failure = "FAIL", f"mismatch: {error}"
    except tf.compat.v1.train.NanLossDuringTrainingError as error:
        traceback.print_exc()
        state, failure = "FAIL", f"nan loss: {error}"
    except BaseException as error:
        traceback.print_exc()
        state, failure = "FAIL", f"{_reason(error)}: {_one_line(error)}"
    return Outcome(
        state=state,
        metrics=reporter.last_metrics,
        failure=failure,
        evaluations=reporter.evaluations,
        seconds=clock.seconds(),
    )


def check_build(spec: StudySpec, order: Order, channel: Connection) -> Outcome:
    """Builds one trial without training it; FAIL says why it cannot be trained.

    An exception in the user's own code begins with that word: it may come from these params alone.
    """
    try:
        channel.send(_started(build(spec, order)))
    except StudyError as error:
        return Outcome("FAIL", failure=str(error))
    except BaseException as error:
        return Outcome("FAIL", failure=f"exception: {_one_line(error)}")
    return Outcome("COMPLETE")


class _Pruned(Exception):
    """The sweep has answered an evaluation with: prune."""


class _Stopped(Exception):
    """The sweep has asked for a stop, and a checkpoint is saved."""


class _Reporter:
    """Tells the sweep of steps and evaluations, and obeys its answers."""

    def __init__(self, channel: Connection) -> None:
        self._channel = channel
        self._stopping = False
        self._max_steps: int | None = None
        self._step = 0
        self._input_ended = False
        self._n_batches = 0
        self.evaluations: list[dict[str, Any]] = []
        self.last_metrics: dict[str, Any] = {}

    def on_start(self, started: Started) -> None:
        self._max_steps = started.max_steps
        self._channel.send(started)

    def on_step(self, step: int) -> None:
        self._step = max(self._step, step)  # for an evaluation may have told of a later one
        self._channel.send(Progressed(self._step))

    def on_input_end(self) -> None:
        self._input_ended = True

    def on_evaluation(self, step: int, metrics: Mapping[str, Any], n_batches: int) -> None:
        self._step, self._n_batches = step, n_batches
        self.last_metrics = {name: _plain(value) for name, value in metrics.items()}
        self.evaluations.append({"step": step, **self.last_metrics})
        self._channel.send(Evaluated(step, self.last_metrics))
        while not isinstance(message := self._channel.recv(), Answer):
            self._stopping = True
        if message.prune:
            raise _Pruned
        self.heed_stop(step)

    def heed_stop(self, step: int) -> None:
        """Raises _Stopped if the training that stands at `step` was ended before its time."""
        if self._stopping and (self._max_steps is None or step < self._max_steps):
            raise _Stopped

    @property
    def is_at_end(self) -> bool:
        """Whether the training has come as far as it was to."""
        return self._max_steps is not None and self._step >= self._max_steps

    def missing_data(self) -> str | None:
        """What was missing of the data, if anything was."""
        if self._n_batches == 0:
            return "the evaluation's input_fn yielded nothing"
        short = self._step < self._max_steps if self._max_steps else self._step == 0
        if self._input_ended and short:
            end = f", before max_steps={self._max_steps}" if self._max_steps else ""
            return f"the training's input_fn ended at step {self._step}{end}"
        return None

    def should_stop(self) -> bool:
        if self._channel.poll():
            self._channel.recv()
            self._stopping = True
        return self._stopping


def _log_progress() -> None:
    """Lets Estimator write its steps and losses to the log, unless the study set a level itself."""
    logger = tf.get_logger()
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)


def build(spec: StudySpec, order: Order) -> TrialSpec:
    """Builds the trial that an order describes, with its seed and model_dir.

    Raises:
        StudyError: what the study's `build` returns cannot be trained.
    """
    # TensorFlow's own seed is in the config; Keras draws those of its initializers from Python's.
    random.seed(order.seed)
    np.random.seed(order.seed)
    config = tf.estimator.RunConfig(
        model_dir=str(order.paths.model_dir),
        tf_random_seed=order.seed,
        checkpoint_save_graph_def=spec.write_graph,
        **_checkpoint_interval(spec, order),
    )
    built = build_trial(spec, order.params, config)
    return built if order.evaluate_every is None else _evaluated_often(built)


def _checkpoint_interval(spec: StudySpec, order: Order) -> dict[str, int]:
    steps = order.evaluate_every or spec.save_checkpoints_steps
    return {} if steps is None else {"save_checkpoints_steps": steps}


def _evaluated_often(trial_spec: TrialSpec) -> TrialSpec:
    """The same TrialSpec with every checkpoint evaluated, unless it says otherwise itself."""
    given = trial_spec.eval_spec
    defaults = tf.estimator.EvalSpec(given.input_fn)
    return trial_spec._replace(
        eval_spec=given._replace(
            **{
                field: 0
                for field in ("throttle_secs", "start_delay_secs")
                if getattr(given, field) == getattr(defaults, field)
            }
        )
    )


def _on_leg(trial_spec: TrialSpec, order: Order) -> tuple[TrialSpec, bool]:
    """The same TrialSpec trained to the end of the leg, and whether that is its whole end."""
    leg = order.leg
    whole = leg.max_steps or trial_spec.train_spec.max_steps
    if leg.share < 1 and whole is None:
        raise StudyError("a part of a training was asked for, but its TrainSpec has no max_steps.")
    end = whole if leg.share >= 1 else max(1, round(leg.share * whole))
    _, train_spec, eval_spec = trial_spec
    train_spec = train_spec._replace(max_steps=end)
    if leg.source is not None:
        hooks = (SameShapes(order.paths.model_dir), *train_spec.hooks)
        train_spec = train_spec._replace(hooks=hooks)
    if end != whole:
        eval_spec = eval_spec._replace(exporters=tuple(map(NotAtTheEnd, eval_spec.exporters)))
    return trial_spec._replace(train_spec=train_spec, eval_spec=eval_spec), end == whole


def _started(trial_spec: TrialSpec, broken: tuple[str, ...] = ()) -> Started:
    config = trial_spec.estimator.config
    return Started(
        trial_spec.train_spec.max_steps,
        broken,
        config.save_checkpoints_steps,
        config.save_checkpoints_secs,
    )


def _train_and_evaluate(trial_spec: TrialSpec, reporter: _Reporter) -> Mapping[str, Any]:
    """Returns the final evaluation's metrics."""
    metrics: Mapping[str, Any] | None
    metrics, _ = tf.estimator.train_and_evaluate(*trial_spec)
    if metrics is None:
        # An earlier attempt's checkpoint stands at max_steps: only its evaluation is missing.
        estimator, _, eval_spec = trial_spec
        metrics = estimator.evaluate(
            eval_spec.input_fn, steps=eval_spec.steps, hooks=eval_spec.hooks, name=eval_spec.name
        )
        for exporter in eval_spec.exporters:
            export_path = Path(estimator.model_dir, "export", exporter.name)
            checkpoint = estimator.latest_checkpoint()
            exporter.export(estimator, str(export_path), checkpoint, metrics, True)
    reporter.heed_stop(int(metrics["global_step"]))
    return metrics


def _judge(
    metrics: Mapping[str, Any], names: tuple[str, ...], reporter: _Reporter
) -> tuple[str, str | None]:
    """The state that the final metrics deserve, and the failure if it is FAIL."""
    missing = reporter.missing_data()
    if missing is not None:
        return "FAIL", f"no data: {missing}"
    for name in names:
        if name not in metrics:
            there = ", ".join(sorted(metrics))
            return "FAIL", f"metric: no {name!r}; the evaluation reports {there}"
        value = _plain(metrics[name])
        if not isinstance(value, float | int) or not math.isfinite(value):
            return "FAIL", f"metric: {name!r} is {value!r}, not a finite number"
    return "COMPLETE", None


def _plain(value: Any) -> Any:
    """A metric as JSON can hold it: NumPy scalars become numbers, all else its repr."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    return value if isinstance(value, bool | int | float | str) else repr(value)


def _reason(error: BaseException) -> str:
    if _LACKED.search(str(error)):
        return "mismatch"
    if is_full(error):
        return "disk full"
    if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError):
        return "out of memory"
    return "exception"


def _one_line(error: BaseException) -> str:
    """The error's name and words; of a session's, what its op said and not where that was made."""
    if lacked := _LACKED.search(str(error)):
        return (
            f"the model has {lacked[1]} with these params, but the checkpoint to continue does "
            "not: let --explore name no param that changes the variables of the model"
        )
    in_graph = _OP_SAID.search(str(error))
    words = f"{in_graph['words']} (op {in_graph['op']})" if in_graph else str(error)
    return " ".join(f"{type(error).__name__}: {words}".split())[:500]
