"""A trial as a SavedModel: measured once more, so that what leaves is what was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
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


def export_trial(trained: TrainedTrial, directory: Path, tolerance: float = 0.0) -> dict[str, Any]:
    """Evaluates a trial's checkpoint again and exports it as a SavedModel with a model card.

    The trial's own folder is left as it is, and the directory appears whole or not at all.

    Args:
        trained: the trial.
        directory: becomes the SavedModel; must not exist yet, or be empty.
        tolerance: how far a metric may be from the recorded one, relative to it.

    Returns:
        What the model card says.

    Raises:
        UsageError: there is something in the directory, or it cannot be made.
        StorageError: there is no checkpoint any more, or it does not evaluate to the trial's
            recorded metrics.
        StudyError: the study file has changed too much, or no input can be derived.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{directory} is not empty: name a directory that does not exist yet.")
    checkpoint = trained.checkpoint()
    with _folder_beside(directory) as scratch:
        trial_spec = trained.build(TrialFolder(Path(scratch)))
        with trained.in_doubt_of_the_study_file():
            metrics = _evaluate(trial_spec, checkpoint)
        _require_same(trained, metrics, tolerance)
        exported = _save(trained, trial_spec, checkpoint, Path(scratch, "exported"))
        card = card_of(trained, metrics, exported)
        write_card(card, exported, directory.name)
        exported.rename(directory)
    return card


def _folder_beside(directory: Path) -> TemporaryDirectory[str]:
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(dir=directory.parent, prefix=f".{directory.name}-")
    except OSError as error:
        raise UsageError(f"{directory} cannot be made: {error.strerror}.") from error


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


def _require_same(trained: TrainedTrial, metrics: Mapping[str, Any], tolerance: float) -> None:
    number = trained.frozen.number
    recorded = _recorded_metrics(trained)
    if not recorded:
        raise StorageError(
            f"Trial {number} is {trained.frozen.state.name} without an evaluation that its model "
            "could be held against: export another."
        )
    for name, value in recorded.items():
        if not _is_close(metrics.get(name), value, tolerance):
            raise StorageError(
                f"Trial {number} is not what was measured: {name} is {metrics.get(name)!r} now, "
                f"but {value!r} was recorded. If its evaluation cannot be repeated exactly, as on "
                "another machine, a GPU or random data, allow for a relative --tolerance."
            )


def _recorded_metrics(trained: TrainedTrial) -> dict[str, float | int]:
    recorded = trained.frozen.user_attrs
    return {
        name.removeprefix(attrs.METRIC): value
        for name, value in recorded.items()
        if name.startswith(attrs.METRIC) and isinstance(value, int | float)
    }


def _is_close(value: float | None, recorded: float, tolerance: float) -> bool:
    return value is not None and math.isclose(value, recorded, rel_tol=tolerance)


def _save(trained: TrainedTrial, trial_spec: TrialSpec, checkpoint: str, base: Path) -> Path:
    """Exports below `base`; returns the SavedModel's folder."""
    estimator, receiver_fn = trial_spec.estimator, trained.study.spec.serving_input_receiver_fn
    if receiver_fn is None:
        receiver_fn = features_of(trial_spec).serving_input_receiver
        estimator = _serving_by_predict(estimator)
    exported: bytes = estimator.export_saved_model(
        str(base), receiver_fn, checkpoint_path=checkpoint
    )
    return Path(exported.decode())


def _serving_by_predict(estimator: Any) -> Any:
    """The same Estimator, whose default signature is `predict` where it has that.

    A premade Estimator's own default takes serialized examples, and is left out for raw features.
    """

    def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
        spec = estimator.model_fn(features, labels, mode, config)
        outputs = spec.export_outputs or {}
        if "predict" not in outputs:
            return spec
        return spec._replace(export_outputs={**outputs, DEFAULT_SIGNATURE: outputs["predict"]})

    return tf.estimator.Estimator(model_fn, model_dir=estimator.model_dir, config=estimator.config)
