"""The graphs of a training and of its evaluation, built by Estimator but not run.

They show what would otherwise be known only after a trial has trained: that they cannot be built,
the names of the metrics, and whether the data ends. No variable is created and no batch is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import tensorflow as tf

from sweep import private
from sweep.estimator.trial_spec import TrialSpec
from sweep.training.around import InputFn, around
from sweep.training.replacing import replaced

private.require(__name__)

from tensorflow_estimator.python.estimator import util  # noqa: E402

Look = Callable[[tf.Graph], None]
"""Called with a graph that is built and not run."""

_Estimator = tf.compat.v1.estimator.Estimator
_ON_CPU = tf.compat.v1.ConfigProto(device_count={"GPU": 0})


@dataclass(frozen=True)
class TrainingGraph:
    """What the graph of a training shows."""

    is_endless: bool
    """Whether neither the TrainSpec nor the data is known to end the training."""
    has_hooks: bool
    """Whether it has a hook or a listener that may end it."""


@dataclass(frozen=True)
class EvaluationGraph:
    """What the graph of an evaluation shows."""

    metrics: tuple[str, ...]
    """The names of its metrics."""
    is_endless: bool
    """Whether neither the EvalSpec nor the data is known to end the evaluation."""
    has_hooks: bool
    """Whether it has a hook that may end it."""


def can_be_built(estimator: Any) -> bool:
    """Whether `train` and `evaluate` are Estimator's own and run in this process alone."""
    own = all(getattr(type(estimator), name) is vars(_Estimator)[name] for name in _METHODS)
    return own and not estimator.config.cluster_spec


def training_graph(trial_spec: TrialSpec, look: Look | None = None) -> TrainingGraph:
    """Builds the graph that a trial trains. Exceptions of the user's code pass through."""
    estimator, train, _ = trial_spec
    data = _Data(train.input_fn)

    def built(_estimator: Any, spec: Any, *_others: Any) -> NoReturn:
        if look is not None:
            look(tf.compat.v1.get_default_graph())
        raise _Built(spec)

    with replaced(_Estimator, _train_with_estimator_spec=built):
        spec = _built_by(lambda: estimator.train(data.input_fn))
    hooks = *train.hooks, *train.saving_listeners, *spec.training_hooks, *spec.training_chief_hooks
    return TrainingGraph(train.max_steps is None and data.is_endless(), bool(hooks))


def evaluation_graph(trial_spec: TrialSpec, look: Look | None = None) -> EvaluationGraph:
    """Builds the graph that a trial evaluates. Exceptions of the user's code pass through."""
    estimator, _, evaluate = trial_spec
    data = _Data(evaluate.input_fn)

    def built(_estimator: Any, **given: Any) -> NoReturn:
        if look is not None:
            look(tf.compat.v1.get_default_graph())
        raise _Built(given)

    with replaced(_Estimator, _evaluate_run=built):
        given = _built_by(lambda: estimator.evaluate(data.input_fn))
    models = [h for h in given["all_hooks"] if not isinstance(h, util._DatasetInitializerHook)]
    return EvaluationGraph(
        tuple(sorted(given["eval_dict"])),
        evaluate.steps is None and data.is_endless(),
        bool([*evaluate.hooks, *models]),
    )


_METHODS = ("train", "evaluate")


class _Built(BaseException):
    """A graph is built and must not run. A user's `except Exception` does not catch it."""

    def __init__(self, result: Any) -> None:
        self.result = result


def _built_by(call: Callable[[], Any]) -> Any:
    """What Estimator knows of the graph that the call builds."""
    try:
        call()
    except _Built as built:
        return built.result
    raise AssertionError("Estimator has run no graph")


class _Data:
    """What an input_fn returns, if that is a Dataset."""

    def __init__(self, input_fn: InputFn) -> None:
        self.input_fn = around(input_fn, self._call)
        self._cardinality: Any = None

    def _call(self, input_fn: InputFn) -> Any:
        result = input_fn()
        if isinstance(result, tf.data.Dataset):
            self._cardinality = tf.data.experimental.cardinality(result)
        return result

    def is_endless(self) -> bool:
        """Whether it is known to have no end; this starts TensorFlow's runtime."""
        if self._cardinality is None:
            return False
        try:
            with tf.compat.v1.Session(graph=self._cardinality.graph, config=_ON_CPU) as session:
                cardinality = session.run(self._cardinality)
        except tf.errors.OpError:  # the trial will raise it too, with a better message
            return False
        return bool(cardinality == tf.data.experimental.INFINITE_CARDINALITY)
