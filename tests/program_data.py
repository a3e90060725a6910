"""Data for the programs in `tests/programs`: real, small, and without a network."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split

_MEASUREMENTS = ("radius", "texture", "smoothness", "concavity", "symmetry")
_LABEL = "diagnosis"


def write_digits(folder: Path) -> Path:
    """Writes scikit-learn's digits, 8 by 8 pixels, as Keras has MNIST."""
    digits = load_digits()
    images = (digits.images * 255 / 16).astype("uint8")
    x_train, x_test, y_train, y_test = train_test_split(
        images, digits.target.astype("uint8"), stratify=digits.target, random_state=0
    )
    file = folder / "digits.npz"
    np.savez(file, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return file


def write_csv(folder: Path) -> tuple[Path, Path]:
    """Writes five measurements of scikit-learn's tumours and their diagnosis, to train and test."""
    table = load_breast_cancer(as_frame=True).frame
    rows = table[[f"mean {name}" for name in _MEASUREMENTS]].to_numpy().tolist()
    diagnoses = ["benign" if benign else "malignant" for benign in table["target"]]
    parts = train_test_split(rows, diagnoses, stratify=diagnoses, random_state=0)
    train, test = folder / "train.csv", folder / "test.csv"
    _write(train, parts[0], parts[2])
    _write(test, parts[1], parts[3])
    return train, test


def _write(file: Path, rows: list[list[float]], diagnoses: list[str]) -> None:
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*(f"mean_{name}" for name in _MEASUREMENTS), _LABEL])
        writer.writerows([*row, label] for row, label in zip(rows, diagnoses, strict=True))
