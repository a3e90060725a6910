"""Intercepts a program's own calls of Estimator.

`train_and_evaluate` itself has many names, so the functions that do its work are replaced. So are
`Estimator.train`, `Estimator.evaluate` and the two places that settle a model_dir.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import tensorflow as tf

from sweep import private
from sweep.training.replacing import replaced

private.require(__name__)

from tensorflow_estimator.python.estimator import (  # noqa: E402
    estimator as estimators,
)
from tensorflow_estimator.python.estimator import run_config, training  # noqa: E402

_Executor = training._TrainingExecutor
_coordinator = training.distribute_coordinator_training
_Estimator = tf.compat.v1.estimator.Estimator


class Taker(Protocol):
    """Takes the calls that a program makes itself.

    Calls that Estimator makes on the way, such as `train` within `train_and_evaluate`, stay its
    own.
    """

    def train_and_evaluate(self, estimator: Any, train_spec: Any, eval_spec: Any, /) -> Any:
        """Replaces `tf.estimator.train_and_evaluate`."""

    def train(self, original: Callable[..., Any], estimator: Any, **arguments: Any) -> Any:
        """Replaces `Estimator.train`, which is `original`."""

    def evaluate(self, original: Callable[..., Any], estimator: Any, **arguments: Any) -> Any:
        """Replaces `Estimator.evaluate`, which is `original`."""


@contextmanager
def calls_taken(taker: Taker, model_dir: Path, refuse: Callable[[str], None]) -> Iterator[None]:
    """Sends the block's calls of Estimator to `taker`.

    Args:
        taker: takes the calls.
        model_dir: for an Estimator and a RunConfig without one.
        refuse: is called with another model_dir that one is given, and may raise.
    """
    outermost = _Outermost(model_dir, refuse)
    with (
        replaced(_Executor, run=outermost.run(_Executor.run, taker)),
        replaced(_coordinator, train_and_evaluate=outermost.coordinated(taker)),
        replaced(
            _Estimator,
            train=outermost.method(_Estimator.train, taker.train),
            evaluate=outermost.method(_Estimator.evaluate, taker.evaluate),
        ),
        _in(model_dir, refuse),
    ):
        yield


class _Outermost:
    """Tells a program's calls from those that Estimator makes on the way."""

    def __init__(self, model_dir: Path, refuse: Callable[[str], None]) -> None:
        self._model_dir = model_dir
        self._refuse = refuse
        self._is_within = False

    def method(self, original: Callable[..., Any], ours: Callable[..., Any]) -> Callable[..., Any]:
        """A method of Estimator that goes to `ours` if a program calls it."""
        names = original.__code__.co_varnames[1 : original.__code__.co_argcount]

        @functools.wraps(original)
        def call(estimator: Any, *args: Any, **kwargs: Any) -> Any:
            if self._is_within:
                return original(estimator, *args, **kwargs)
            given = dict(zip(names, args, strict=False)) | kwargs
            return self._taken(estimator, lambda: ours(original, estimator, **given))

        return call

    def run(self, original: Callable[[Any], Any], taker: Taker) -> Callable[[Any], Any]:
        """Replaces the function that does the work of `train_and_evaluate`, by any of its names."""

        def run(executor: Any) -> Any:
            if self._is_within:
                return original(executor)
            specs = (executor._train_spec, executor._eval_spec)
            estimator = executor._estimator
            return self._taken(estimator, lambda: taker.train_and_evaluate(estimator, *specs))

        return run

    def coordinated(self, taker: Taker) -> Callable[..., Any]:
        """The same for the processes of a cluster that train by a strategy."""
        original = _coordinator.train_and_evaluate

        def train_and_evaluate(estimator: Any, train: Any, evaluate: Any, executor: Any) -> Any:
            if self._is_within:
                return original(estimator, train, evaluate, executor)
            return self._taken(
                estimator, lambda: taker.train_and_evaluate(estimator, train, evaluate)
            )

        return train_and_evaluate

    def _taken(self, estimator: Any, call: Callable[[], Any]) -> Any:
        if not _are_one(estimator.model_dir, self._model_dir):
            self._refuse(estimator.model_dir)
        self._is_within = True
        try:
            return call()
        finally:
            self._is_within = False


@contextmanager
def _in(model_dir: Path, refuse: Callable[[str], None]) -> Iterator[None]:
    """Gives a RunConfig without a model_dir the trial's, and allows another spelling of it.

    Estimator compares two model_dirs as text, so one with another spelling is replaced with the
    trial's own.
    """
    ours = str(model_dir)
    settle = estimators.maybe_overwrite_model_dir_and_session_config

    def settled(given: Any) -> str:
        wanted = os.fspath(given) if given else ours
        if _are_one(wanted, ours):
            return ours
        refuse(wanted)
        return wanted

    def of_run_config(tf_config: Any, given: Any) -> str:
        if given == "":
            raise ValueError("model_dir should be non-empty.")
        return settled(given)

    def of_estimator(config: Any, given: Any) -> Any:
        return settle(config, given and settled(given))

    with (
        replaced(run_config, _get_model_dir=of_run_config),
        replaced(estimators, maybe_overwrite_model_dir_and_session_config=of_estimator),
    ):
        yield


def _are_one(folder: str | Path, other: str | Path) -> bool:
    return os.path.realpath(folder) == os.path.realpath(other)
