"""Writes checkpoints and summaries as Estimator does, without unneeded work.

TensorFlow writes a graph into every event file, even if RunConfig's `checkpoint_save_graph_def` is
off. After every step, its CheckpointSaverHook runs the session once more for global_step, because a
step might advance it by up to a million. The names patched here are private to TensorFlow, and have
been the same from 2.15 to 2.21.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import tensorflow as tf

from sweep import private
from sweep.training.replacing import replaced

private.require(__name__)

N_MEASURED_RUNS = 10

_Hook = tf.compat.v1.train.CheckpointSaverHook
_Writers = tf.compat.v1.summary.FileWriterCache
_after_run = _Hook.after_run


@contextmanager
def saving_sparingly(write_graph: bool) -> Iterator[None]:
    """Saves the same checkpoints and summaries within the block, at less cost.

    Args:
        write_graph: whether event files get graphs too.
    """
    with ExitStack() as stack:
        stack.enter_context(replaced(_Hook, after_run=_save_when_due))
        if not write_graph:
            stack.enter_context(replaced(_Hook, after_create_session=_save_first))
            stack.enter_context(replaced(_Writers, get=staticmethod(_writer)))
        yield


def _writer(logdir: str) -> Any:
    """FileWriterCache.get, but a new FileWriter does not write the current graph."""
    with _Writers._lock:
        if logdir not in _Writers._cache:
            _Writers._cache[logdir] = tf.compat.v1.summary.FileWriter(logdir)
        return _Writers._cache[logdir]


def _save_first(hook: Any, session: Any, coord: Any) -> None:
    """CheckpointSaverHook.after_create_session, without writing the graph."""
    step = session.run(hook._global_step_tensor)
    hook._save(session, step)
    hook._timer.update_last_triggered_step(step)


def _save_when_due(hook: Any, run_context: Any, run_values: Any) -> None:
    """Tells the hook how far one run of the session advances global_step, once that is known."""
    advance: _Advance = vars(hook).setdefault("_sweep_advance", _Advance())
    if advance.is_measured:
        hook._set_steps_per_run(advance.largest)
    else:
        advance.measure(run_context.session.run(hook._global_step_tensor))
    _after_run(hook, run_context, run_values)


class _Advance:
    """The largest advance of global_step that was seen in one run of the session."""

    def __init__(self) -> None:
        self.largest = 1
        self._n_measured = 0
        self._step: int | None = None

    @property
    def is_measured(self) -> bool:
        return self._n_measured == N_MEASURED_RUNS

    def measure(self, step: int) -> None:
        if self._step is not None:
            self.largest = max(self.largest, step - self._step)
        self._step = step
        self._n_measured += 1
