"""A trial as a SavedModel, evaluated again to make sure that it is the model that was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tensorflow as tf

from sweep import attrs
from sweep.errors import StorageError, UsageError
from sweep.estimator.trial_spec import TrialSpec
from sweep.folder.layout import TrialFolder
from sweep.model.card import DEFAULT_SIGNATURE, card_of, write_card
from sweep.model.features import features_of
from sweep.model.trained import TrainedTrial

_STEP = attrs.GLOBAL_STEP.removeprefix(attrs.METRIC)
TOLERANCE = 1e-5
"""A float32 has seven digits. Threads add the terms of a metric in varying order, which changes the
last one or two digits. The metrics of another model differ in the first few digits."""
NEAR_ZERO = 0.01
"""Differences of metrics closer to 0 are relative to this value. Such a metric can be what is left
of two terms of size 1, which float32 keeps to 1e-7."""


@dataclass(frozen=True)
class Comparison:
    """The metrics of a checkpoint, compared with the recorded ones."""

    compared: list[str]
    """The names of the recorded metrics."""
    tolerance: float
    largest_difference: float
    """Relative to the recorded metric, like the tolerance."""


def export_trial(
    trained: TrainedTrial, directory: Path, tolerance: float = TOLERANCE
) -> dict[str, Any]:
    """Evaluates a trial's checkpoint again and exports it as a SavedModel with a model card.

    The trial's own folder is not changed. The directory appears completely or not at all.

    Args:
        trained: the trial.
        directory: becomes the SavedModel; it must not exist yet, or be empty.
        tolerance: how much a metric may differ from the recorded one, relative to the recorded one,
            or to NEAR_ZERO if that is larger; global_step must be the same.

    Returns:
        The contents of the model card.

    Raises:
        UsageError: the directory is not empty, or cannot be made.
        StorageError: the checkpoint is gone, or its metrics are not the recorded ones.
        StudyError: the study file has changed too much, no input can be derived, or the model makes
            no predictions.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{directory} is not empty: give a directory that does not exist yet.")
    checkpoint = trained.checkpoint()
    with _folder_beside(directory) as scratch:
        trial_spec = trained.build(TrialFolder(Path(scratch)))
        with trained.in_doubt_of_the_study_file():
            metrics = _evaluate(trial_spec, checkpoint)
        comparison = _require_same(trained, metrics, tolerance)
        exported = _save(trained, trial_spec, checkpoint, Path(scratch, "exported"))
        card = card_of(trained, metrics, exported, asdict(comparison))
        write_card(card, exported, directory.name)
        exported.rename(directory)
    return card


def _folder_beside(directory: Path) -> TemporaryDirectory[str]:
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(dir=directory.parent, prefix=f".{directory.name}-")
    except OSError as error:
        raise UsageError(f"{directory} cannot be created: {error.strerror}.") from error


def _evaluate(trial_spec: TrialSpec, checkpoint: str) -> dict[str, float | int]:
    estimator, _, eval_spec = trial_spec
    metrics = estimator.evaluate(
        eval_spec.input_fn,
        steps=eval_spec.steps,
        hooks=eval_spec.hooks,
        checkpoint_path=checkpoint,
        name=eval_spec.name,
    )
    return {name: value.item() for name, value in metrics.items() if hasattr(value, "item")}


def _require_same(
    trained: TrainedTrial, metrics: Mapping[str, Any], tolerance: float
) -> Comparison:
    number = trained.frozen.number
    recorded = _recorded_metrics(trained)
    if not recorded:
        raise StorageError(
            f"Trial {number} is {trained.frozen.state.name} and has no evaluation to compare its "
            "model with: export another trial."
        )
    differences = {name: _difference(metrics.get(name), was) for name, was in recorded.items()}
    for name, difference in differences.items():
        if not difference <= (0 if name == _STEP else tolerance):
            raise StorageError(
                f"Trial {number} does not have its recorded metrics: {name} is now "
                f"{metrics.get(name)!r}, but {recorded[name]!r} was recorded, and the --tolerance "
                f"is {tolerance:g}. If evaluations vary more than that, for example on random data "
                "or on another kind of processor, give a larger --tolerance."
            )
    return Comparison(list(recorded), tolerance, max(differences.values()))


def _recorded_metrics(trained: TrainedTrial) -> dict[str, float | int]:
    recorded = trained.frozen.user_attrs
    return {
        name.removeprefix(attrs.METRIC): value
        for name, value in recorded.items()
        if name.startswith(attrs.METRIC) and isinstance(value, int | float)
    }


def _difference(value: float | None, recorded: float) -> float:
    """The relative difference between a metric and the recorded one; infinity if it is missing."""
    if value is None:
        return math.inf
    return abs(value - recorded) / max(abs(recorded), NEAR_ZERO)


def _save(trained: TrainedTrial, trial_spec: TrialSpec, checkpoint: str, base: Path) -> Path:
    """Exports below `base`; returns the folder of the SavedModel."""
    estimator, receiver_fn = trial_spec.estimator, trained.study.spec.serving_input_receiver_fn
    if receiver_fn is None:
        receiver_fn = features_of(trial_spec).serving_input_receiver
        estimator = _serving_by_predict(estimator)
    with trained.asked_for_predictions():
        exported: bytes = estimator.export_saved_model(
            str(base), receiver_fn, checkpoint_path=checkpoint
        )
    return Path(exported.decode())


def _serving_by_predict(estimator: Any) -> Any:
    """The same Estimator, with `predict` as its default signature, if it has one.

    The default signature of a premade Estimator takes serialized examples. For raw features,
    Estimator leaves it out.
    """

    def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
        spec = estimator.model_fn(features, labels, mode, config)
        outputs = spec.export_outputs or {}
        if "predict" not in outputs:
            return spec
        return spec._replace(export_outputs={**outputs, DEFAULT_SIGNATURE: outputs["predict"]})

    return tf.estimator.Estimator(model_fn, model_dir=estimator.model_dir, config=estimator.config)
