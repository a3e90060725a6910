"""Data for predictions: npz, csv, jsonl and png files, read as the features of a model."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import tensorflow as tf

from sweep.errors import UsageError
from sweep.model.features import Features

FORMATS = (".npz", ".csv", ".jsonl", ".png")
MOST_DESCRIBED = 12


@dataclass(frozen=True)
class Inputs:
    """Rows of a model's features."""

    arrays: Mapping[str, np.ndarray[Any, Any]]
    """The arrays by feature; the first axis is the row."""
    names: Sequence[str | int]
    """The name of each row: its number, or its file."""


def read_inputs(place: str, features: Features) -> Inputs:
    """Reads the rows of an npz, csv or jsonl file, or of png images.

    Args:
        place: a file, a folder of png files, or a pattern such as `digits/*.png`.
        features: the features of the model. In a csv file, a feature of several numbers has a
            column for each of them, called name_0, name_1, …

    Raises:
        UsageError: there is no such file, it cannot be read, or it does not have these features.
    """
    files = _files(place)
    if files[0].suffix == ".png":
        return _read_images(files, features)
    read = {".npz": _read_npz, ".csv": _read_csv, ".jsonl": _read_jsonl}.get(files[0].suffix)
    if read is None or len(files) > 1:
        raise UsageError(
            f"{place} must be one {', '.join(FORMATS[:-1])} file, or any number of png images."
        )
    try:
        columns = read(files[0], features)
    except (OSError, ValueError, BadZipFile) as error:
        raise UsageError(f"{files[0]} cannot be read: {error}") from error
    arrays = {name: _fit(name, columns, features, files[0]) for name in features.specs}
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise UsageError(f"{files[0]} has arrays of different lengths: {lengths}.")
    (length,) = set(lengths.values())
    if length == 0:
        raise UsageError(f"{files[0]} has no rows.")
    return Inputs(arrays, range(length))


def _files(place: str) -> list[Path]:
    path = Path(place)
    if path.is_file():
        return [path]
    files = sorted(path.glob("*.png") if path.is_dir() else path.parent.glob(path.name))
    if not files:
        what = "There is no png file in" if path.is_dir() else "There is no file"
        raise UsageError(f"{what} {place}.")
    return files


def _read_npz(file: Path, features: Features) -> Mapping[str, Any]:
    with np.load(file) as arrays:
        return dict(arrays)


def _read_csv(file: Path, features: Features) -> Mapping[str, Any]:
    table = pd.read_csv(file)
    columns: dict[str, Any] = {str(name): table[name].to_numpy() for name in table}
    for name in features.specs:
        shape = [size or 0 for size in features.shape(name)]
        parts = [f"{name}_{i}" for i in range(math.prod(shape))]
        if shape and parts and set(parts) <= columns.keys():
            together = np.stack([columns.pop(part) for part in parts], axis=1)
            columns[name] = together.reshape(len(table), *shape)
    return columns


def _read_jsonl(file: Path, features: Features) -> Mapping[str, Any]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("each line must be an object of features by name")
    shared = [name for name in (rows[0] if rows else ()) if all(name in row for row in rows)]
    return {name: np.asarray([row[name] for row in rows]) for name in shared}


def _read_images(files: Sequence[Path], features: Features) -> Inputs:
    """Images as the only feature; a floating-point feature gets pixels from 0 to 1."""
    if len(features.specs) != 1:
        raise UsageError(f"An image is a single feature, but this model takes {features}.")
    (name,) = features.specs
    images = [_read_image(file, name, features) for file in files]
    return Inputs({name: np.stack(images)}, [file.name for file in files])


def _read_image(file: Path, name: str, features: Features) -> np.ndarray[Any, Any]:
    shape, dtype = features.shape(name), features.dtype(name)
    channels = shape[-1] if len(shape) == 3 and shape[-1] in (1, 3, 4) else 1
    try:
        pixels = tf.io.decode_png(file.read_bytes(), channels=channels).numpy()
    except tf.errors.InvalidArgumentError as error:
        raise UsageError(f"{file} is not a readable png image.") from error
    if not _has_room_for(pixels.shape, shape):
        size = " x ".join(map(str, pixels.shape))
        raise UsageError(f"{file} has {size} pixels, but this model takes {features}.")
    array: np.ndarray[Any, Any] = pixels.reshape([size or -1 for size in shape]).astype(dtype)
    return array / dtype.type(255) if np.issubdtype(dtype, np.floating) else array


def _has_room_for(pixels: tuple[int, ...], shape: tuple[int | None, ...]) -> bool:
    """Whether a feature of this shape can be the image itself, without its channel, or flat."""
    if len(shape) == 1:
        return shape[0] in (None, math.prod(pixels))
    kept = pixels[: len(shape)] if pixels[-1] == 1 else pixels
    return len(kept) == len(shape) and _agree(kept, shape)


def _fit(
    name: str, columns: Mapping[str, Any], features: Features, file: Path
) -> np.ndarray[Any, Any]:
    """The column with the dtype and shape of the feature, if it fits."""
    dtype, shape = features.dtype(name), features.shape(name)
    array = np.asarray(columns.get(name))
    if len(array.shape) != len(shape) + 1 or not (
        _agree(array.shape[1:], shape) and _can_become(array, dtype)
    ):
        raise UsageError(
            f"{file} does not fit the model: the model takes {features}, but the file has "
            f"{_describe(columns)}."
        )
    return array.astype(dtype)


def _agree(sizes: Sequence[int], shape: Sequence[int | None]) -> bool:
    return all(wanted in (None, size) for size, wanted in zip(sizes, shape, strict=True))


def _can_become(array: np.ndarray[Any, Any], dtype: np.dtype[Any]) -> bool:
    """Whether the values fit the dtype: text for text, and no fractions for whole numbers."""
    if dtype.kind == "O":
        return array.dtype.kind in "OUS"
    if array.dtype.kind not in "biuf":
        return False
    return np.issubdtype(dtype, np.floating) or bool((array.astype(dtype) == array).all())


def _describe(columns: Mapping[str, Any]) -> str:
    arrays = {name: np.asarray(column) for name, column in list(columns.items())[:MOST_DESCRIBED]}
    parts = [f"{name} ({a.dtype}, {a.shape[1:] or 'a number'})" for name, a in arrays.items()]
    if len(columns) > MOST_DESCRIBED:
        parts.append(f"and {len(columns) - MOST_DESCRIBED} more")
    return ", ".join(parts) or "nothing"
