"""Cuts a training to one leg: where it ends, what it exports, and what it may continue from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from sweep.errors import StudyError
from sweep.estimator.trial_spec import TrialSpec
from sweep.schedule.leg import Leg
from sweep.training.wrapping import WrappingExporter


def cut_to_leg(trial_spec: TrialSpec, leg: Leg) -> tuple[TrialSpec, bool]:
    """The TrialSpec trained to the end of the leg, and whether that is the end of the training.

    Raises:
        StudyError: only a part of the training is wanted, but it has no max_steps.
    """
    estimator, train_spec, eval_spec = trial_spec
    whole = leg.max_steps or train_spec.max_steps
    if leg.share < 1 and whole is None:
        raise StudyError(
            "only a part of the training is wanted, but its TrainSpec has no max_steps."
        )
    end = whole if leg.share >= 1 else max(1, round(leg.share * whole))
    train_spec = train_spec._replace(max_steps=end)
    if leg.continues is not None:
        hooks = (SameShapes(Path(estimator.model_dir)), *train_spec.hooks)
        train_spec = train_spec._replace(hooks=hooks)
    if end != whole:
        eval_spec = eval_spec._replace(exporters=tuple(map(NotAtTheEnd, eval_spec.exporters)))
    return TrialSpec(estimator, train_spec, eval_spec), end == whole


class NotAtTheEnd(WrappingExporter):
    """An exporter that skips the end of a leg, which is no end in an uninterrupted training."""

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
        return self.exporter.export(estimator, export_path, checkpoint_path, eval_result, False)


class OtherShapeError(Exception):
    """The trial to continue has a variable of another shape."""


class SameShapes(tf.compat.v1.train.SessionRunHook):
    """Checks that a model's variables have the shapes of the newest checkpoint.

    TensorFlow does not: it restores a resource variable in whatever shape the checkpoint has.

    Raises:
        OtherShapeError: a variable has another shape when the training starts.
    """

    def __init__(self, model_dir: Path) -> None:
        self._model_dir = model_dir

    def begin(self) -> None:
        if tf.train.latest_checkpoint(str(self._model_dir)) is None:
            return  # a worker on another machine; the chief, which restores it, checks
        checkpoint = tf.train.load_checkpoint(str(self._model_dir))
        shapes = checkpoint.get_variable_to_shape_map()
        for variable in tf.compat.v1.global_variables():
            there = shapes.get(variable.op.name, variable.shape)
            if not variable.shape.is_compatible_with(there):
                raise OtherShapeError(
                    f"{variable.op.name} is {tuple(variable.shape)} with these params, but "
                    f"{tuple(there)} in the checkpoint to continue: leave params that change the "
                    "shape of the model out of --explore"
                )
