"""Predictions of a trained trial for new data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf

from sweep.folder.layout import TrialFolder
from sweep.model.features import Features, features_of
from sweep.model.inputs import Inputs, read_inputs
from sweep.model.trained import TrainedTrial

Row = dict[str, Any]


def predict(trained: TrainedTrial, place: str, batch_size: int) -> list[Row]:
    """The predictions of a trial's model for the rows of a file, in order.

    Args:
        trained: the trial.
        place: where the rows are; see `read_inputs`.
        batch_size: how many rows the model gets at a time.

    Returns:
        For each row: `row`, its number or its file, and the predictions of `model_fn` by their
        names, as numbers, texts and lists of them.

    Raises:
        UsageError: the file cannot be read, or does not have the features of the model.
        StorageError: the checkpoint of the trial is gone.
        StudyError: the study file has changed too much, or the model makes no predictions.
    """
    checkpoint = trained.checkpoint()
    with TemporaryDirectory() as scratch, trained.asked_for_predictions():
        trial_spec = trained.build(TrialFolder(Path(scratch)))
        features = features_of(trial_spec)
        inputs = read_inputs(place, features)
        predicted = trial_spec.estimator.predict(
            lambda: _dataset(inputs, features, batch_size), checkpoint_path=checkpoint
        )
        return [
            {"row": name} | _plain(prediction)
            for name, prediction in zip(inputs.names, predicted, strict=True)
        ]


def as_jsonl(rows: Sequence[Row]) -> str:
    """One JSON object per line."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def as_csv(rows: Sequence[Row]) -> str:
    """One line per row; a prediction of several numbers has a column for each: name_0, name_1, …"""
    return pd.DataFrame([dict(_flat(row)) for row in rows]).to_csv(index=False)


def _dataset(inputs: Inputs, features: Features, batch_size: int) -> tf.data.Dataset:
    """The rows in batches, without `from_tensor_slices`, which would put all into the graph."""

    def batches() -> Iterator[Any]:
        for begin in range(0, len(inputs.names), batch_size):
            yield features.as_model_takes(
                {name: array[begin : begin + batch_size] for name, array in inputs.arrays.items()}
            )

    signature = features.as_model_takes(features.specs)
    return tf.data.Dataset.from_generator(batches, output_signature=signature)


def _plain(prediction: Any) -> Row:
    named = prediction if isinstance(prediction, Mapping) else {"prediction": prediction}
    return {name: _as_json(np.asarray(value).tolist()) for name, value in named.items()}


def _as_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _flat(row: Row) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, list):
            for i, item in enumerate(np.ravel(np.asarray(value))):
                yield f"{name}_{i}", item
        else:
            yield name, value
