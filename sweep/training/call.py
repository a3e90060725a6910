"""A trial's call of `train_and_evaluate`, with everything that a trial does to it.

Everything is applied here, whoever makes the call: the training is cut to its leg, large arrays are
lifted out of its graph, its evaluations share one graph, its BestExporters remember the best model,
its steps and evaluations are observed, and it stops when asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import tensorflow as tf

from sweep.estimator.trial_spec import TrialSpec
from sweep.schedule.leg import Leg
from sweep.training.best_export import remembering_the_best
from sweep.training.kept_evaluation import evaluations_kept
from sweep.training.leg import cut_to_leg
from sweep.training.lifting.pipeline import with_lifted_arrays
from sweep.training.observe import Clock, Observer, observed
from sweep.training.part import Part
from sweep.training.session_close import closing_aside


class TrainingCall:
    """Replaces `tf.estimator.train_and_evaluate`, and calls it.

    Args:
        leg: the part of the training to do.
        clock: measures the time of each phase.
        observer: observes the training, and may end it.
        evaluate_often: whether every checkpoint is evaluated, unless the EvalSpec says otherwise.
        lift_arrays: whether large arrays of the input_fns are kept out of the graph.
        keep_evaluation_graph: whether one graph and one session make all evaluations, if that
            gives the same metrics.
        close_aside: whether nobody waits for the training's session to close.
        part: the part of a cluster's task in the training; None is all of it.
    """

    def __init__(
        self,
        leg: Leg,
        clock: Clock,
        observer: Observer,
        *,
        evaluate_often: bool,
        lift_arrays: bool,
        keep_evaluation_graph: bool,
        close_aside: bool,
        part: Part | None = None,
    ) -> None:
        self._leg = leg
        self._observer = observer
        self._clock = clock
        self._evaluate_often = evaluate_often
        self._lift_arrays = lift_arrays
        self._keeps_evaluation_graph = keep_evaluation_graph
        self._close_aside = close_aside
        self._part = part
        self.is_last_leg = True
        """Whether this leg ends where the training ends; known after the call."""

    def train_and_evaluate(
        self, estimator: Any, train_spec: Any, eval_spec: Any
    ) -> tuple[Mapping[str, Any], Any]:
        """Trains and evaluates, and returns what `tf.estimator.train_and_evaluate` returns.

        A task of a cluster does its part, and returns what `Part.train_and_evaluate` says.
        If there is already a checkpoint at the end of the leg, Estimator would return nothing.
        Then only the evaluation and the exports are made.

        Raises:
            StudyError: only a part of the training is wanted, but it has no max_steps.
        """
        trial_spec = remembering_the_best(TrialSpec(estimator, train_spec, eval_spec))
        if self._evaluate_often:
            trial_spec = evaluated_often(trial_spec)
        trial_spec, self.is_last_leg = cut_to_leg(trial_spec, self._leg)
        self._observer.on_start(trial_spec.train_spec.max_steps, estimator.config)
        self._clock.enter("train")
        if self._lift_arrays:
            trial_spec = with_lifted_arrays(trial_spec)
        trial_spec = observed(trial_spec, self._observer, self._clock)
        if self._close_aside:
            trial_spec = closing_aside(trial_spec)
        with ExitStack() as stack:
            if self._part is not None:
                metrics, exports = self._part.train_and_evaluate(trial_spec, self._clock)
            else:
                if self._keeps_evaluation_graph:
                    kept = evaluations_kept(estimator, trial_spec.eval_spec.input_fn)
                    stack.enter_context(kept)
                metrics, exports = tf.estimator.train_and_evaluate(*trial_spec)
        if metrics is not None:
            return metrics, exports
        self._clock.enter("evaluate")
        return _evaluate(trial_spec)


def evaluated_often(trial_spec: TrialSpec) -> TrialSpec:
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


def _evaluate(trial_spec: TrialSpec) -> tuple[Mapping[str, Any], list[Any]]:
    """Evaluates and exports the newest checkpoint, as `train_and_evaluate` does at its end."""
    estimator, _, eval_spec = trial_spec
    metrics: Mapping[str, Any] = estimator.evaluate(
        eval_spec.input_fn, steps=eval_spec.steps, hooks=eval_spec.hooks, name=eval_spec.name
    )
    exports = [
        exporter.export(
            estimator,
            str(Path(estimator.model_dir, "export", exporter.name)),
            estimator.latest_checkpoint(),
            metrics,
            True,
        )
        for exporter in eval_spec.exporters
    ]
    return metrics, exports
