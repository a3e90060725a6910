"""Only checkpoints that can be read are gone on from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from sweep.estimator.checkpoints import put_aside_broken

pytestmark = pytest.mark.tensorflow


def model_fn(features: tf.Tensor, labels: tf.Tensor, mode: str) -> tf.estimator.EstimatorSpec:
    loss = tf.reduce_mean((tf.compat.v1.layers.dense(features, 1) - labels) ** 2)
    optimizer = tf.compat.v1.train.GradientDescentOptimizer(0.1)
    train_op = optimizer.minimize(loss, global_step=tf.compat.v1.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def input_fn() -> tf.data.Dataset:
    x = np.linspace(0, 1, 8, dtype="float32")[:, None]
    return tf.data.Dataset.from_tensor_slices((x, 2 * x)).repeat().batch(8)


@pytest.fixture
def estimator(tmp_path: Path) -> tf.estimator.Estimator:
    """An Estimator with checkpoints at steps 0, 2 and 4."""
    config = tf.estimator.RunConfig(model_dir=str(tmp_path / "model"), save_checkpoints_steps=2)
    estimator = tf.estimator.Estimator(model_fn, config=config)
    estimator.train(input_fn, max_steps=4)
    return estimator


@pytest.fixture
def model_dir(estimator: tf.estimator.Estimator) -> Path:
    return Path(estimator.model_dir)


def spoil(file: Path) -> None:
    """Changes a byte in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def data_of(model_dir: Path, step: int) -> Path:
    return model_dir / f"model.ckpt-{step}.data-00000-of-00001"


def test_a_sound_model_dir_is_left_as_it_is(model_dir: Path, tmp_path: Path) -> None:
    before = {file: file.stat().st_size for file in model_dir.iterdir()}
    assert put_aside_broken(model_dir, tmp_path / "broken") == ()
    assert {file: file.stat().st_size for file in model_dir.iterdir()} == before


def test_a_model_dir_that_is_not_there_is_sound(tmp_path: Path) -> None:
    assert put_aside_broken(tmp_path / "none", tmp_path / "broken") == ()


@pytest.mark.parametrize("how", ["data spoilt", "data cut", "data gone", "index spoilt"])
def test_training_goes_on_from_the_newest_checkpoint_that_can_be_read(
    estimator: tf.estimator.Estimator, model_dir: Path, tmp_path: Path, how: str
) -> None:
    data = data_of(model_dir, 4)
    match how:
        case "data spoilt":
            spoil(data)
        case "data cut":
            data.write_bytes(data.read_bytes()[:5])
        case "data gone":
            data.unlink()
        case "index spoilt":
            (model_dir / "model.ckpt-4.index").write_bytes(b"no index")
    assert put_aside_broken(model_dir, tmp_path / "broken") == ("model.ckpt-4",)
    assert estimator.latest_checkpoint() == str(model_dir / "model.ckpt-2")
    assert list((tmp_path / "broken").glob("model.ckpt-4.*"))
    estimator.train(input_fn, max_steps=6)
    assert estimator.get_variable_value("global_step") == 6


def test_training_begins_afresh_when_no_checkpoint_can_be_read(
    estimator: tf.estimator.Estimator, model_dir: Path, tmp_path: Path
) -> None:
    for step in (0, 2, 4):
        spoil(data_of(model_dir, step))
    broken = put_aside_broken(model_dir, tmp_path / "broken")
    assert broken == ("model.ckpt-4", "model.ckpt-2", "model.ckpt-0")
    assert estimator.latest_checkpoint() is None
    estimator.train(input_fn, max_steps=1)
    assert estimator.get_variable_value("global_step") == 1


@pytest.mark.parametrize("state", [None, "garbage {"])
def test_a_lost_state_is_made_anew_from_the_checkpoints(
    estimator: tf.estimator.Estimator, model_dir: Path, tmp_path: Path, state: str | None
) -> None:
    (model_dir / "checkpoint").unlink()
    if state is not None:
        (model_dir / "checkpoint").write_text(state)
    assert put_aside_broken(model_dir, tmp_path / "broken") == ()
    assert estimator.latest_checkpoint() == str(model_dir / "model.ckpt-4")
