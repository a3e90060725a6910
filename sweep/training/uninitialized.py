"""A session's check for uninitialized variables, built from fewer ops.

A MonitoredSession builds the check twice. TensorFlow's own takes a twelfth of all Python time of a
small trial. The names patched here are the same from TensorFlow 2.15 to 2.21.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from sweep import private
from sweep.training.replacing import replaced

private.require(__name__)

from tensorflow.python.ops import variables  # noqa: E402

_NAME = "report_uninitialized_variables"
_report_uninitialized = variables.report_uninitialized_variables


@contextmanager
def looking_sparingly() -> Iterator[None]:
    """Makes the block's sessions check for uninitialized variables at less cost."""
    with replaced(variables, report_uninitialized_variables=report_uninitialized):
        yield


def report_uninitialized(var_list: Any = None, name: str = _NAME) -> Any:
    """A tensor of the names of uninitialized variables, like TensorFlow's own function."""
    if var_list is None:
        var_list = tf.compat.v1.global_variables() + tf.compat.v1.local_variables()
    if not var_list:
        return _report_uninitialized(None, name)
    with tf.name_scope(name):
        initialized = [tf.compat.v1.is_variable_initialized(variable) for variable in var_list]
        with tf.device("/cpu:0"):
            names = tf.constant([variable.op.name for variable in var_list])
            return tf.gather_nd(names, tf.where(tf.logical_not(tf.stack(initialized))))
