"""A training cut to one leg: where it ends, what it exports, what it may go on from."""

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
    """The same TrialSpec trained to the end of the leg, and whether that is its whole end.

    Raises:
        StudyError: a part of a training without an end in steps was asked for.
    """
    estimator, train_spec, eval_spec = trial_spec
    whole = leg.max_steps or train_spec.max_steps
    if leg.share < 1 and whole is None:
        raise StudyError("a part of a training was asked for, but its TrainSpec has no max_steps.")
    end = whole if leg.share >= 1 else max(1, round(leg.share * whole))
    train_spec = train_spec._replace(max_steps=end)
    if leg.continues is not None:
        hooks = (SameShapes(Path(estimator.model_dir)), *train_spec.hooks)
        train_spec = train_spec._replace(hooks=hooks)
    if end != whole:
        eval_spec = eval_spec._replace(exporters=tuple(map(NotAtTheEnd, eval_spec.exporters)))
    return TrialSpec(estimator, train_spec, eval_spec), end == whole


class NotAtTheEnd(WrappingExporter):
    """An exporter that lets the end of a leg pass, where one training in one go has no end."""

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
