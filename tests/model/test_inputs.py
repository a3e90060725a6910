"""Data to predict from, in every format, and everything that can be wrong with it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.errors import UsageError

pytestmark = pytest.mark.tensorflow

DIGITS = np.arange(128, dtype="float32").reshape(2, 64)


def read(place: Path | str, **specs: tuple[str, Sequence[int | None]]) -> Any:
    import tensorflow as tf

    from sweep.model.features import Features
    from sweep.model.inputs import read_inputs

    of_batches = {n: tf.TensorSpec([None, *shape], dtype) for n, (dtype, shape) in specs.items()}
    return read_inputs(str(place), Features(of_batches, have_names=True))


IMAGE = {"image": ("float32", (64,))}
PATIENT = {"age": ("int64", ()), "name": ("string", ())}


def test_arrays_of_an_npz_file_are_found_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "rows.npz", image=DIGITS.astype("float64"), label=[1, 2])
    inputs = read(tmp_path / "rows.npz", **IMAGE)
    np.testing.assert_array_equal(inputs.arrays["image"], DIGITS, strict=True)
    assert list(inputs.names) == [0, 1]


def test_columns_of_a_csv_file_are_features_of_one_value_or_of_several(tmp_path: Path) -> None:
    header = ",".join(["age", "name", *(f"image_{i}" for i in range(4))])
    (tmp_path / "rows.csv").write_text(f"{header}\n30,Ada,0,1,2,3\n40,Bob,4,5,6,7\n")
    inputs = read(tmp_path / "rows.csv", **PATIENT, image=("float32", (2, 2)))
    assert inputs.arrays["age"].tolist() == [30, 40]
    assert inputs.arrays["name"].tolist() == ["Ada", "Bob"]
    assert inputs.arrays["image"].tolist() == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]


def test_each_line_of_a_jsonl_file_is_a_row(tmp_path: Path) -> None:
    rows = [{"age": 30, "name": "Ada"}, {"age": 40, "name": "Bob", "more": 1}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    inputs = read(tmp_path / "rows.jsonl", **PATIENT)
    assert inputs.arrays["age"].tolist() == [30, 40]
    assert inputs.arrays["name"].tolist() == ["Ada", "Bob"]


@pytest.mark.parametrize("shape", [(64,), (8, 8), (8, 8, 1)])
def test_png_images_become_the_feature_from_0_to_1_whatever_its_shape(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    pixels = np.arange(64, dtype="uint8").reshape(8, 8) * 4
    write_png(tmp_path / "b.png", pixels)
    write_png(tmp_path / "a.png", pixels.T)
    for place in (tmp_path, tmp_path / "*.png"):
        inputs = read(place, image=("float32", shape))
        assert inputs.names == ["a.png", "b.png"]
        expected = np.stack([pixels.T, pixels]).reshape(2, *shape) / np.float32(255)
        np.testing.assert_array_equal(inputs.arrays["image"], expected, strict=True)


def test_pixels_stay_whole_numbers_where_the_feature_is_one(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", np.full((8, 8), 200, dtype="uint8"))
    assert read(tmp_path / "a.png", image=("uint8", (8, 8))).arrays["image"].max() == 200


def test_an_array_that_does_not_fit_is_one_sentence_with_what_does(tmp_path: Path) -> None:
    np.savez(tmp_path / "rows.npz", picture=DIGITS, label=np.array([1, 2]))
    with pytest.raises(UsageError) as raised:
        read(tmp_path / "rows.npz", **IMAGE)
    assert str(raised.value) == (
        f"{tmp_path}/rows.npz does not fit the model: the model takes image (float32, (64,)), but "
        "the file has picture (float32, (64,)), label (int64, a number)."
    )


@pytest.mark.parametrize(
    ("arrays", "specs"),
    [
        ({"image": DIGITS[:, :60]}, IMAGE),
        ({"image": DIGITS[0]}, IMAGE),
        ({"image": np.full((2, 64), "text")}, IMAGE),
        ({"age": np.array([0.5]), "name": np.array(["Ada"])}, PATIENT),
        ({"age": np.array([300])}, {"age": ("uint8", ())}),
        ({"age": np.array([1]), "name": np.array([1])}, PATIENT),
    ],
    ids=["narrow", "no rows", "text", "cut short", "too large", "no text"],
)
def test_what_cannot_become_the_feature_is_refused(
    tmp_path: Path, arrays: dict[str, Any], specs: Any
) -> None:
    np.savez(tmp_path / "rows.npz", **arrays)
    with pytest.raises(UsageError, match="does not fit the model"):
        read(tmp_path / "rows.npz", **specs)


def test_an_image_of_another_size_is_one_sentence(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", np.zeros((9, 8), dtype="uint8"))
    with pytest.raises(UsageError) as raised:
        read(tmp_path / "a.png", **IMAGE)
    assert str(raised.value) == (
        f"{tmp_path}/a.png has 9 x 8 x 1 pixels, but this model takes image (float32, (64,))."
    )


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("rows.npz", b"no zip", "cannot be read"),
        ("rows.csv", b"", "cannot be read: No columns"),
        ("rows.csv", b"image\n", "has no rows|does not fit"),
        ("rows.jsonl", b"{", "cannot be read"),
        ("rows.jsonl", b"[1]\n", "each line must be an object of features by name"),
        ("a.png", b"no image", "is not a readable png image"),
        ("rows.xml", b"", "must be one .npz, .csv, .jsonl file, or any number of png images"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=sentence) as raised:
        read(tmp_path / name, **IMAGE)
    assert "\n" not in str(raised.value)


def test_a_place_without_files_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no png file in"):
        read(tmp_path, **IMAGE)
    with pytest.raises(UsageError, match=r"There is no file"):
        read(tmp_path / "*.png", **IMAGE)


def write_png(file: Path, pixels: Any) -> None:
    import tensorflow as tf

    file.write_bytes(tf.io.encode_png(pixels[..., None]).numpy())
