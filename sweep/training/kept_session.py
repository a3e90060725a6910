"""A session that makes one evaluation again and again, each time with another checkpoint.

Estimator makes a session for each evaluation. This one is kept: a later evaluation restores its
checkpoint, initializes local variables, tables and iterators again, and runs as in Estimator.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from sweep import private
from sweep.training.replacing import replaced

private.require(__name__)

from tensorflow.python.training import evaluation  # noqa: E402


class KeptSession:
    """Runs evaluations of the current graph.

    Args:
        initializers: ops that restart the iterators of the input.
    """

    def __init__(self, initializers: Sequence[tf.Operation]) -> None:
        self._initializers = initializers
        self._session: tf.compat.v1.Session | None = None
        self._steps: _Steps | None = None

    @contextmanager
    def used(self) -> Iterator[None]:
        """Makes Estimator evaluate in this session within the block."""
        with replaced(evaluation, _evaluate_once=self._evaluate_once):
            yield

    def close(self) -> None:
        """Closes the session, if there was an evaluation."""
        if self._session is not None:
            tf.compat.v1.Session.close(self._session)
            self._session = None

    def _evaluate_once(
        self,
        checkpoint_path: str,
        master: str,
        scaffold: Any,
        eval_ops: Any,
        final_ops: Any,
        hooks: Sequence[Any],
        config: Any,
    ) -> Any:
        """Replaces TensorFlow's function that runs an evaluation."""
        if self._steps is None:
            self._steps = _Steps.counted(eval_ops)
        for hook in hooks:
            if isinstance(hook, evaluation._StopAfterNEvalsHook):
                hook._set_evals_completed_tensor(self._steps.n_made)
        log = tf.get_logger()
        log.info(f"Starting evaluation at {time.strftime('%Y-%m-%dT%H:%M:%S')}")
        began = time.time()
        final = tf.compat.v1.train.FinalOpsHook(final_ops)
        creator = _Creator(self, scaffold, checkpoint_path, master, config)
        with tf.compat.v1.train.MonitoredSession(creator, [*hooks, final]) as session:
            while not session.should_stop():
                session.run(self._steps.ops)
        log.info(f"Inference Time : {time.time() - began:0.5f}s")
        log.info(f"Finished evaluation at {time.strftime('%Y-%m-%d-%H:%M:%S')}")
        # An iterator that has run has a thread that tunes it. The next initialization would wait
        # for that thread, and longer the more time has passed.
        assert self._session is not None
        self._session.run(self._initializers)
        return final.final_ops_values

    def at(
        self, scaffold: Any, checkpoint_path: str, master: str, config: Any
    ) -> tf.compat.v1.Session:
        """The session with the variables of a checkpoint and everything else as at its start."""
        if self._session is None:
            creator = tf.compat.v1.train.ChiefSessionCreator(
                scaffold, master, config, checkpoint_filename_with_path=checkpoint_path
            )
            self._session = creator.create_session()
            self._session.close = lambda: None  # a MonitoredSession closes it at its end
        else:
            scaffold.saver.restore(self._session, checkpoint_path)
            self._session.run(scaffold.local_init_op, scaffold.local_init_feed_dict)
        return self._session


@dataclass(frozen=True)
class _Steps:
    """What an evaluation runs for each batch."""

    ops: list[Any]
    n_made: Any
    """A tensor: how many batches have run."""

    @classmethod
    def counted(cls, update_op: Any) -> _Steps:
        step = evaluation._get_or_create_eval_step()
        ops = [update_op, tf.compat.v1.assign_add(step, 1, use_locking=True)]
        return cls(ops, evaluation._get_latest_eval_step_value(ops))


@dataclass
class _Creator(tf.compat.v1.train.SessionCreator):
    """Gives a MonitoredSession the kept session."""

    kept: KeptSession
    scaffold: Any
    checkpoint_path: str
    master: str
    config: Any

    def create_session(self) -> tf.compat.v1.Session:
        return self.kept.at(self.scaffold, self.checkpoint_path, self.master, self.config)
