"""A user's exporters in a training that is cut into legs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf


class NotAtTheEnd(tf.estimator.Exporter):
    """An exporter that lets the end of a leg pass, where one training in one go has no end."""

    def __init__(self, exporter: tf.estimator.Exporter) -> None:
        self._exporter = exporter

    @property
    def name(self) -> str:
        name: str = self._exporter.name
        return name

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Mapping[str, Any],
        is_the_final_export: bool,
    ) -> Any:
        if is_the_final_export:
            return None
        return self._exporter.export(estimator, export_path, checkpoint_path, eval_result, False)


class OtherShapeError(Exception):
    """The trial to be continued has a variable of another shape."""


class SameShapes(tf.compat.v1.train.SessionRunHook):
    """Sees that a model's variables have the shapes that the newest checkpoint has them in.

    TensorFlow does not: it restores a resource variable in whatever shape the checkpoint has.

    Raises:
        OtherShapeError: as a training begins, one has another shape.
    """

    def __init__(self, model_dir: Path) -> None:
        self._model_dir = model_dir

    def begin(self) -> None:
        checkpoint = tf.train.load_checkpoint(str(self._model_dir))
        shapes = checkpoint.get_variable_to_shape_map()
        for variable in tf.compat.v1.global_variables():
            there = shapes.get(variable.op.name, variable.shape)
            if not variable.shape.is_compatible_with(there):
                raise OtherShapeError(
                    f"{variable.op.name} is {tuple(variable.shape)} with these params, but "
                    f"{tuple(there)} in the checkpoint to continue: let --explore name no param "
                    "that changes the shape of the model"
                )
