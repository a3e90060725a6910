"""Each study of `studies/` is a real sweep whose trials learn something."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import sweep
from tests.running import run_sweep

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize(
    ("study", "metric", "first_params", "is_good"),
    [
        ("digits_mlp", "accuracy", "learning_rate=0.003", lambda value: value > 0.9),
        ("digits_keras", "accuracy", "learning_rate=0.003,optimizer=Adam", lambda v: v > 0.9),
        ("cancer_wide_deep", "auc", "dnn_learning_rate=0.01", lambda value: value > 0.9),
        ("diabetes_regression", "rmse", "learning_rate=0.003", lambda value: value < 75),
    ],
)
def test_a_study_sweeps_and_learns(
    tmp_path: Path,
    study: str,
    metric: str,
    first_params: str,
    is_good: Callable[[float], bool],
) -> None:
    options = ["--trials", "2", "--seed", "1", "--enqueue", first_params]
    ended = run_sweep("run", study, "--results", str(tmp_path), *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    trials = sweep.load_trials(study, results=tmp_path)
    assert list(trials["state"]) == ["COMPLETE", "COMPLETE"]
    assert is_good(trials["value"][0])
    assert list(trials["value"]) == list(trials[f"metrics_{metric}"])
    assert trials["model_dir"].nunique() == 2


def test_mnist_is_read_from_the_cache_of_keras(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_digits_of_mnist_size(tmp_path / ".keras" / "datasets" / "mnist.npz")
    monkeypatch.setenv("HOME", str(tmp_path))
    params = "learning_rate=0.001,batch_size=32,filters_1=8,filters_2=16,units=32,dropout=0"
    options = ["--trials", "1", "--param", params, "--results", str(tmp_path / "results")]
    ended = run_sweep("run", "mnist_conv", *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    trials = sweep.load_trials("mnist_conv", results=tmp_path / "results")
    assert trials["value"][0] > 0.9


def test_without_network_and_cache_mnist_says_where_its_file_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    ended = run_sweep("run", "mnist_conv", "--results", str(tmp_path / "results"))
    assert ended.returncode == 2
    (sentence,) = ended.stderr.splitlines()
    assert sentence.endswith(
        f"There is no usable MNIST in {tmp_path}/.keras/datasets/mnist.npz and its download "
        "failed: connect to the network, or copy mnist.npz there."
    )
    assert not (tmp_path / "results").exists()


def _write_digits_of_mnist_size(path: Path) -> None:
    """A file in the format of MNIST: images with one bright square where the label says."""
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=12_000).astype("uint8")
    images = rng.integers(64, size=(12_000, 28, 28)).astype("uint8")
    for image, label in zip(images, labels, strict=True):
        row, column = divmod(int(label), 5)
        image[row * 14 : row * 14 + 6, column * 5 : column * 5 + 5] = 255
    path.parent.mkdir(parents=True)
    np.savez(path, x_train=images, y_train=labels, x_test=images[:100], y_test=labels[:100])
