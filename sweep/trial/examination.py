"""Finds out what a trial is from its graphs, which are built but not run."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from sweep.estimator.trial_spec import TrialSpec
from sweep.training.fingerprint import Fingerprint
from sweep.training.lifting.pipeline import Lifting
from sweep.trial.messages import Arrays, Examined

_SETTINGS = (
    "save_checkpoints_steps",
    "save_checkpoints_secs",
    "save_summary_steps",
    "keep_checkpoint_max",
    "tf_random_seed",
)


class Examination:
    """Collects facts about the graphs of one trial."""

    def __init__(self) -> None:
        self._fingerprint = Fingerprint()
        self._has_graph = False
        self._is_too_large = False
        self._arrays: list[Arrays] = []

    def on_lifting(self, lifting: Lifting) -> None:
        """The arrays of an input_fn are kept out of the graph, or stay in it."""
        n_bytes = sum(array.nbytes for array in lifting.arrays)
        self._arrays.append(Arrays(lifting.purpose, n_bytes, lifting.why_not))
        for array in lifting.arrays:
            self._fingerprint.add_array(array)

    def on_graph(self, graph: tf.Graph) -> None:
        """A graph is built."""
        self._has_graph = True
        try:
            self._fingerprint.add_graph(graph)
        except ValueError:
            self._is_too_large = True

    def result(self, trial_spec: TrialSpec) -> Examined:
        """What was found out about this trial."""
        estimator, train, evaluate = trial_spec
        self._fingerprint.add_fact((train.max_steps, evaluate.steps, evaluate.name))
        self._fingerprint.add_fact([getattr(estimator.config, name) for name in _SETTINGS])
        for acting in (train.hooks, train.saving_listeners, evaluate.hooks, evaluate.exporters):
            self._fingerprint.add_fact(_kinds(acting))
        is_known = self._has_graph and not self._is_too_large
        return Examined(
            str(self._fingerprint) if is_known else None,
            tuple(self._arrays),
            estimator.config.keep_checkpoint_max or None,
            evaluate.start_delay_secs,
            evaluate.throttle_secs,
        )


def _kinds(acting: Any) -> list[str]:
    """The class names of hooks, listeners or exporters."""
    return [type(each).__qualname__ for each in acting]
