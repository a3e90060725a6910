"""TrialSpec: the arguments of `train_and_evaluate`."""

from __future__ import annotations

from typing import Any, NamedTuple


class TrialSpec(NamedTuple):
    """One trial's model and data, in the order of `train_and_evaluate(*trial_spec)`."""

    estimator: Any
    """The `tf.estimator.Estimator`, made with the RunConfig that `build` was given."""
    train_spec: Any
    """The `tf.estimator.TrainSpec`."""
    eval_spec: Any
    """The `tf.estimator.EvalSpec`."""
