"""`sweep predict` as a person meets it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from tests.running import run_sweep

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with a trial of the default study."""
    results = tmp_path_factory.mktemp("results")
    params = "learning_rate=0.003,batch_size=64,layers=1,units_0=64"
    options = ["--trials", "1", "--seed", "1", "--enqueue", params]
    ended = run_sweep("run", "digits_mlp", "--results", results, *options)
    assert ended.returncode == 0, ended.stderr
    return results


def test_predictions_are_those_of_the_estimator_in_every_layout(
    results: Path, tmp_path: Path
) -> None:
    images, labels = load_digits(return_X_y=True)
    np.savez(tmp_path / "digits.npz", image=images[:300] / 16)
    options: list[str | Path] = ["--input", tmp_path / "digits.npz", "--results", results]
    csv, jsonl = tmp_path / "classes.csv", tmp_path / "classes.jsonl"
    ended = run_sweep("predict", "digits_mlp", *options, "--output", csv, "--batch-size", "64")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"300 predictions of trial 0 in {csv}\n"
    table = pd.read_csv(csv)
    assert list(table) == ["row", "class", *(f"probabilities_{i}" for i in range(10))]
    assert list(table["row"]) == list(range(300))
    assert (table["class"] == labels[:300]).mean() > 0.9
    assert run_sweep("predict", "digits_mlp", *options, "--output", jsonl).returncode == 0
    rows = [json.loads(line) for line in jsonl.read_text().splitlines()]
    assert [row["class"] for row in rows] == list(table["class"])
    assert len(rows[0]["probabilities"]) == 10


def test_on_the_screen_predictions_are_a_table_and_nothing_else(
    results: Path, tmp_path: Path
) -> None:
    pd.DataFrame(load_digits().data[:2] / 16).add_prefix("image_").to_csv(
        tmp_path / "digits.csv", index=False
    )
    options: list[str | Path] = ["--input", tmp_path / "digits.csv", "--results", results]
    ended = run_sweep("predict", "digits_mlp", *options)
    assert (ended.returncode, ended.stderr) == (0, "")
    header, *lines = ended.stdout.splitlines()
    assert header == "row  class  probabilities"
    assert [line.split()[:2] for line in lines] == [["0", "0"], ["1", "1"]]


def test_data_that_does_not_fit_is_one_line(results: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("x\n1\n")
    options: list[str | Path] = ["--input", tmp_path / "rows.csv", "--results", results]
    ended = run_sweep("predict", "digits_mlp", *options)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"sweep: {tmp_path}/rows.csv does not fit the model: the model takes image (float32, "
        "(64,)), but the file has x (int64, a number).\n"
    )
