"""The part of a `train_and_evaluate` that one task of a cluster does, as in Estimator.

Estimator's chief only trains, and its evaluator runs until it has evaluated a checkpoint of
max_steps. Here the chief also evaluates if there is no evaluator, as Estimator's `master` does. An
evaluator waits for a checkpoint instead of polling, and ends when no more will come and the last
one is evaluated.
"""

from __future__ import annotations

import copy
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

from sweep import private
from sweep.errors import StudyError
from sweep.estimator.trial_spec import TrialSpec
from sweep.study.cluster import EVALUATOR, Cluster
from sweep.training.observe import Clock
from sweep.training.replacing import replaced

private.require(__name__)

from tensorflow_estimator.python.estimator import training  # noqa: E402

SECONDS_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True)
class Part:
    """The part that a task does."""

    cluster: Cluster
    task_type: str
    is_over: Callable[[float], bool]
    """Whether the cluster's training is over; waits for that for at most this many seconds."""

    def train_and_evaluate(
        self, trial_spec: TrialSpec, clock: Clock
    ) -> tuple[Mapping[str, Any] | None, Any]:
        """Does the part.

        Returns:
            The last evaluation, or None if none was needed, and what was exported. For a task whose
            evaluations are not the trial's: global_step alone.

        Raises:
            StudyError: the cluster cannot train with the Estimator's strategy.
        """
        estimator, train_spec, eval_spec = trial_spec
        if why := misfit(self.cluster, estimator.config):
            raise StudyError(why)
        _join(estimator)
        if self.task_type == EVALUATOR:
            return self._evaluate(trial_spec, clock)
        if self.task_type != self.cluster.reporting_type:
            tf.estimator.train_and_evaluate(*trial_spec)
            return {"global_step": _step_of(estimator)}, None
        evaluator = training._TrainingExecutor._Evaluator(
            estimator, eval_spec, train_spec.max_steps
        )
        listener = training._NewCheckpointListenerForEvaluate(
            evaluator, eval_spec.throttle_secs, training._ContinuousEvalListener()
        )
        listeners = (*train_spec.saving_listeners, listener)
        tf.estimator.train_and_evaluate(
            estimator, train_spec._replace(saving_listeners=listeners), eval_spec
        )
        result = listener.eval_result
        return (None if result is None else result.metrics), listener.export_results

    def _evaluate(
        self, trial_spec: TrialSpec, clock: Clock
    ) -> tuple[Mapping[str, Any] | None, Any]:
        looking = _Looking(trial_spec, self.is_over, clock)
        given = trial_spec.eval_spec
        eval_spec = given._replace(start_delay_secs=0, throttle_secs=0)  # `looking` waits instead
        with replaced(training, _ContinuousEvalListener=lambda: looking):
            while not (self.is_over(0) and looking.has_seen_all):
                try:
                    tf.estimator.train_and_evaluate(*trial_spec._replace(eval_spec=eval_spec))
                except (tf.errors.OpError, ValueError):
                    # The chief removes old checkpoints, and rewrites the one it starts with.
                    if not looking.has_lost_checkpoint:
                        raise
                # Estimator's evaluator ends at max_steps, but the workers may step beyond it.
                while looking.has_seen_all and not self.is_over(SECONDS_BETWEEN_LOOKS):
                    pass
        return looking.metrics, None


class _Looking(training._ContinuousEvalListener):
    """Makes an evaluator evaluate each new checkpoint, and end when no more will come.

    The delays are those of the EvalSpec, and end when the training does.
    """

    def __init__(
        self, trial_spec: TrialSpec, is_over: Callable[[float], bool], clock: Clock
    ) -> None:
        self._model_dir = trial_spec.estimator.model_dir
        self._throttle_secs = trial_spec.eval_spec.throttle_secs
        self._not_before = time.monotonic() + trial_spec.eval_spec.start_delay_secs
        self._is_over = is_over
        self._clock = clock
        self._seen: str | None = None
        self._as_seen: tuple[int, int] | None = None
        self._evaluated: str | None = None
        self.metrics: Mapping[str, Any] | None = None
        """The last evaluation."""

    def before_eval(self) -> bool:
        while True:
            is_over = self._is_over(0)
            self._seen = tf.train.latest_checkpoint(self._model_dir)
            self._as_seen = _version(self._seen)
            is_new = self._seen not in (None, self._evaluated)
            if is_over or (is_new and time.monotonic() >= self._not_before):
                break
            self._is_over(SECONDS_BETWEEN_LOOKS)
        if is_new:
            self._not_before = time.monotonic() + self._throttle_secs
            self._clock.enter("evaluate")
        return is_new

    def after_eval(self, eval_result: Any) -> bool:
        self._evaluated, self.metrics = eval_result.checkpoint_path, eval_result.metrics
        return True

    @property
    def has_lost_checkpoint(self) -> bool:
        """Whether the checkpoint of an evaluation was deleted or rewritten."""
        return self._seen is not None and _version(self._seen) != self._as_seen

    @property
    def has_seen_all(self) -> bool:
        """Whether the newest checkpoint, if there is one, was evaluated."""
        newest: str | None = tf.train.latest_checkpoint(self._model_dir)
        return newest == self._evaluated


def _version(checkpoint: str | None) -> tuple[int, int] | None:
    """Changes when a checkpoint is written again; None if there is none."""
    try:
        index = Path(f"{checkpoint}.index").stat()
    except FileNotFoundError:
        return None
    return index.st_ino, index.st_mtime_ns


def _join(estimator: Any) -> None:
    """Makes a RunConfig that got its strategy by `replace` join the cluster.

    A RunConfig that is made with a strategy does that itself.
    """
    config = estimator._config
    is_joined = hasattr(config, "_distribute_coordinator_mode")
    if is_joined or not isinstance(config.train_distribute, _by_servers()):
        return
    estimator._config = copy.copy(config)
    tf_config = json.loads(os.environ["TF_CONFIG"])
    training.distribute_coordinator_training.init_run_config(estimator._config, tf_config)


def misfit(cluster: Cluster, config: Any) -> str | None:
    """Why a cluster cannot train with the strategy of a RunConfig; None if it can."""
    strategy = config.train_distribute
    if strategy is None:
        if cluster.worker and not cluster.ps:
            return f"the workers of {cluster} share no variables with the chief: add ps=1."
        return None
    if isinstance(strategy, _by_workers()):
        return (
            "MultiWorkerMirroredStrategy leaves no task to evaluate, because Estimator's chief "
            "only trains and TensorFlow makes no evaluator with it: train with a "
            "ParameterServerStrategy and ps=1, or without a strategy."
        )
    if isinstance(strategy, _by_servers()):
        if cluster.ps and cluster.evaluator:
            return None
        return (
            "ParameterServerStrategy needs a parameter server and an evaluator, because "
            f"Estimator's chief only trains with it: {cluster} must have ps=1 and evaluator=1."
        )
    if cluster.worker or cluster.ps:
        return (
            f"{type(strategy).__name__} trains within one process, but {cluster} trains in "
            "several: leave worker and ps out, or the strategy."
        )
    if not cluster.evaluator:
        return (
            f"with {type(strategy).__name__}, Estimator's chief only trains, and {cluster} has no "
            "evaluator: add evaluator=1, or train without a cluster."
        )
    if getattr(config, "_distribute_coordinator_mode", None) is not None:
        return (
            f"{type(strategy).__name__} in a RunConfig of its own would span the cluster, which "
            "TensorFlow does not support: give it by config.replace(train_distribute=…)."
        )
    return None


def _by_servers() -> Any:
    return tf.compat.v1.distribute.experimental.ParameterServerStrategy


def _by_workers() -> tuple[Any, ...]:
    return (
        tf.distribute.MultiWorkerMirroredStrategy,
        tf.compat.v1.distribute.experimental.MultiWorkerMirroredStrategy,
    )


def _step_of(estimator: Any) -> int:
    """The global_step of the newest checkpoint; 0 if there is none."""
    newest = tf.train.latest_checkpoint(estimator.model_dir)
    return 0 if newest is None else int(tf.train.load_variable(newest, "global_step"))
