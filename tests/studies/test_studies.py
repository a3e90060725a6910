"""Each study of `studies/` is a real sweep whose trials learn something and export a model."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import sweep
from tests.running import run_sweep

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

Swept = tuple[str, Path]


# Each study with params to try first, and what its best value must be.
STUDIES: dict[str, tuple[str, str, Callable[[float], bool]]] = {
    "digits_mlp": ("accuracy", "learning_rate=0.003", lambda value: value > 0.9),
    "digits_keras": ("accuracy", "learning_rate=0.003,optimizer=Adam", lambda v: v > 0.9),
    "cancer_wide_deep": ("auc", "dnn_learning_rate=0.01", lambda value: value > 0.9),
    "diabetes_regression": ("rmse", "learning_rate=0.003", lambda value: value < 75),
}

# Each study of MNIST with all of its params.
ON_MNIST = {
    "mnist_conv": "learning_rate=0.001,batch_size=32,filters_1=8,filters_2=16,units=32,dropout=0",
    "mnist_dense": "learning_rate=0.001,batch_size=32,dropout=0,layers=1,units_0=32",
}

SERVE = """
import sys
import numpy as np
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
serve = model.signatures["serving_default"]
outputs = serve(**{name: tf.constant(array) for name, array in np.load(sys.argv[2]).items()})
arrays = {name: tensor.numpy() for name, tensor in outputs.items()}
np.savez(sys.argv[3], **{name: a for name, a in arrays.items() if a.dtype.kind != "O"})
assert "sweep" not in sys.modules
"""


@pytest.fixture(scope="module", params=STUDIES)
def swept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """A study's name, and a results folder with two trials of it."""
    name, results = request.param, tmp_path_factory.mktemp("results")
    options = ["--trials", "2", "--seed", "1", "--enqueue", STUDIES[name][1]]
    ended = run_sweep("run", name, "--results", results, *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return name, results


def test_a_study_sweeps_and_learns(swept: Swept) -> None:
    study, results = swept
    metric, _, is_good = STUDIES[study]
    trials = sweep.load_trials(study, results=results)
    assert list(trials["state"]) == ["COMPLETE", "COMPLETE"]
    assert is_good(trials["value"][0])
    assert list(trials["value"]) == list(trials[f"metrics_{metric}"])
    assert trials["model_dir"].nunique() == 2


def test_an_exported_trial_predicts_without_sweep_what_its_estimator_predicts(
    swept: Swept, tmp_path: Path
) -> None:
    from sweep.model.export import export_trial
    from sweep.model.finding import find_trained
    from sweep.model.trained import StudyLocation
    from sweep.study.loader import take_study

    study, results = swept
    trained = find_trained(take_study(study), None, StudyLocation(results=results))
    export_trial(trained, tmp_path / "model")
    estimator, _, eval_spec = trained.build()
    (features, _), *_ = eval_spec.input_fn().as_numpy_iterator()
    np.savez(tmp_path / "features.npz", **features)
    places = [tmp_path / "model", tmp_path / "features.npz", tmp_path / "served.npz"]
    served = subprocess.run(
        [sys.executable, "-c", SERVE, *places], capture_output=True, text=True, cwd=tmp_path
    )
    assert served.returncode == 0, served.stderr
    batch = list(estimator.predict(lambda: eval_spec.input_fn().take(1)))
    with np.load(tmp_path / "served.npz") as outputs:
        assert len(outputs) > 0
        for name in outputs:
            predicted = np.stack([prediction[name] for prediction in batch])
            if predicted.dtype.kind == "f":
                np.testing.assert_allclose(outputs[name], predicted, rtol=1e-5, atol=1e-7)
            else:
                np.testing.assert_array_equal(outputs[name], predicted)


@pytest.mark.parametrize("study", ON_MNIST)
def test_mnist_is_read_from_the_cache_of_keras(
    study: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_digits_of_mnist_size(tmp_path / ".keras" / "datasets" / "mnist.npz")
    monkeypatch.setenv("HOME", str(tmp_path))
    options = ["--trials", "1", "--param", ON_MNIST[study], "--results", str(tmp_path / "results")]
    ended = run_sweep("run", study, *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    trials = sweep.load_trials(study, results=tmp_path / "results")
    assert trials["value"][0] > 0.9


@pytest.mark.parametrize("study", ON_MNIST)
def test_without_network_and_cache_mnist_says_where_its_file_is_looked_for(
    study: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    ended = run_sweep("run", study, "--results", str(tmp_path / "results"))
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
