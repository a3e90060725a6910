"""The inputs of a model: the features of its evaluation's input_fn, or the same from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from sweep import location, private
from sweep.errors import StudyError
from sweep.estimator.trial_spec import TrialSpec

ONLY_FEATURE = "input"
"""The name of a single tensor without a name, also in the signatures that Estimator exports."""


@dataclass(frozen=True)
class Features:
    """The names, dtypes and shapes of a model's features, for batches of any size."""

    specs: Mapping[str, tf.TensorSpec]
    have_names: bool
    """Whether the model takes a dict of tensors, not a single tensor."""

    def shape(self, name: str) -> tuple[int | None, ...]:
        """The shape of one row."""
        return tuple(self.specs[name].shape[1:])

    def dtype(self, name: str) -> np.dtype[Any]:
        dtype: np.dtype[Any] = np.dtype(self.specs[name].dtype.as_numpy_dtype)
        return dtype

    def as_model_takes(self, tensors: Mapping[str, Any]) -> Any:
        """Tensors by name, in the form that `model_fn` gets: a dict, or the single tensor."""
        return dict(tensors) if self.have_names else tensors[ONLY_FEATURE]

    def serving_input_receiver(self) -> Any:
        """Placeholders for the raw features: a serving_input_receiver_fn."""
        fed = {
            name: tf.compat.v1.placeholder(spec.dtype, spec.shape)
            for name, spec in self.specs.items()
        }
        if self.have_names:
            return tf.estimator.export.ServingInputReceiver(fed, fed)
        return tf.estimator.export.TensorServingInputReceiver(fed[ONLY_FEATURE], fed)

    def __str__(self) -> str:
        return ", ".join(
            f"{name} ({spec.dtype.name}, {self.shape(name) or 'a number'})"
            for name, spec in self.specs.items()
        )


def features_of(trial_spec: TrialSpec) -> Features:
    """The features that the evaluation's input_fn yields.

    Raises:
        StudyError: one of them is not an ordinary tensor.
    """
    private.require(__name__)
    estimator, _, eval_spec = trial_spec
    with tf.Graph().as_default():
        # Only Estimator knows which of mode, params and config the input_fn takes.
        tensors, _, _ = estimator._get_features_and_labels_from_input_fn(
            eval_spec.input_fn, tf.estimator.ModeKeys.EVAL
        )
        have_names = isinstance(tensors, Mapping)
        named = tensors if have_names else {ONLY_FEATURE: tensors}
        for name, tensor in named.items():
            if not isinstance(tensor, tf.Tensor):
                raise StudyError(
                    f"{location.of_function(eval_spec.input_fn)}: the feature {name!r} is a "
                    f"{type(tensor).__name__}, from which no input can be derived: give a "
                    "serving_input_receiver_fn in StudySpec."
                )
        return Features({name: _of_any_batch(t) for name, t in named.items()}, have_names)


def _of_any_batch(tensor: tf.Tensor) -> tf.TensorSpec:
    return tf.TensorSpec(tf.TensorShape([None]).concatenate(tensor.shape[1:]), tensor.dtype)
