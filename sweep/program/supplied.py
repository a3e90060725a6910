"""The names of tf.contrib that are supplied: HParams, and names that have moved.

A moved name is the very object that tf.contrib had, or that its name led to in TensorFlow 1.15. One
that only does the same, or takes other arguments, is not among them: `successors` lists those.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from sweep.program.hparams import HParams
from sweep.program.names import Parts
from sweep.program.successors import successor

CONTRIB = "contrib"
_HPARAMS = (CONTRIB, "training", "HParams")
_MOVED = {
    ("data", "data.experimental"): """
        AUTOTUNE Counter CsvDataset Optional RandomDataset Reducer SqlDataset TFRecordWriter
        bucket_by_sequence_length choose_from_datasets copy_to_device dense_to_sparse_batch
        enumerate_dataset get_next_as_optional get_single_element group_by_reducer group_by_window
        ignore_errors make_batched_features_dataset make_csv_dataset make_saveable_from_iterator
        map_and_batch parallel_interleave parse_example_dataset prefetch_to_device
        rejection_resample sample_from_datasets scan shuffle_and_repeat unbatch unique
    """,
    ("estimator", "estimator"): """
        BaselineEstimator DNNEstimator DNNLinearCombinedEstimator LinearEstimator add_metrics
    """,
    ("estimator", "estimator.experimental"): """
        InMemoryEvaluatorHook make_early_stopping_hook make_stop_at_checkpoint_step_hook
        stop_if_higher_hook stop_if_lower_hook stop_if_no_decrease_hook stop_if_no_increase_hook
        call_logit_fn dnn_logit_fn_builder linear_logit_fn_builder
    """,
    ("framework", "train"): """
        assert_global_step create_global_step get_global_step get_or_create_global_step
    """,
    ("framework", ""): "CriticalSection argsort is_tensor sort",
    ("framework.nest", "nest"): """
        assert_same_structure flatten is_nested map_structure pack_sequence_as
    """,
    ("hooks", "train"): "ProfilerHook",
    ("rnn", "nn.rnn_cell"): """
        BasicLSTMCell BasicRNNCell DeviceWrapper DropoutWrapper GRUCell LSTMCell LSTMStateTuple
        MultiRNNCell RNNCell ResidualWrapper
    """,
    ("rnn", "nn"): "static_bidirectional_rnn static_rnn static_state_saving_rnn",
    ("training", "train"): "checkpoints_iterator",
    ("util", ""): "make_ndarray make_tensor_proto",
}
ELSEWHERE: dict[Parts, Parts] = {
    (CONTRIB, *before.split("."), name): (*filter(None, now.split(".")), name)
    for (before, now), names in _MOVED.items()
    for name in names.split()
} | {(CONTRIB, "util", "constant_value"): ("get_static_value",)}
"""The names of tf.contrib, with the names of the same objects in tensorflow.compat.v1."""
_NAMESPACES = {name[:length] for name in [*ELSEWHERE, _HPARAMS] for length in range(1, len(name))}


def is_supplied(parts: Parts) -> bool:
    """Whether a name of tf.contrib is supplied, leads into a supplied one, or is their module."""
    return parts in _NAMESPACES or any(
        parts[: len(name)] == name for name in [*ELSEWHERE, _HPARAMS]
    )


class Contrib(ModuleType):
    """A module of tf.contrib, with what is left of it."""

    def __init__(self, v1: Any, parts: Parts = (CONTRIB,)) -> None:
        super().__init__(".".join(("tensorflow", *parts)))
        self._v1, self._parts = v1, parts

    def __getattr__(self, name: str) -> Any:
        parts = (*self._parts, name)
        if name.startswith("__"):  # Python asks every module for these
            raise AttributeError(name)
        if parts == _HPARAMS:
            return HParams
        if parts in ELSEWHERE:
            return functools.reduce(getattr, ELSEWHERE[parts], self._v1)
        if parts not in _NAMESPACES:
            raise AttributeError(gone(parts))
        module = Contrib(self._v1, parts)
        setattr(self, name, module)
        return module


def gone(parts: Parts) -> str:
    """The message that a name of tf.contrib no longer exists."""
    return f"TensorFlow 2 has no tf.{'.'.join(parts)}: replace it with {successor(parts)}."
