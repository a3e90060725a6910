"""Training only continues from checkpoints that can be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from sweep.folder.checkpoints import MissingCheckpointError, put_aside_broken, take_over
from sweep.training.leg import OtherShapeError, SameShapes

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


@pytest.mark.parametrize("state", [None, "garbage {", "", "\0" * 64])
def test_a_lost_state_is_made_anew_from_the_checkpoints(
    estimator: tf.estimator.Estimator, model_dir: Path, tmp_path: Path, state: str | None
) -> None:
    (model_dir / "checkpoint").unlink()
    if state is not None:
        (model_dir / "checkpoint").write_text(state)
    assert put_aside_broken(model_dir, tmp_path / "broken") == ()
    assert estimator.latest_checkpoint() == str(model_dir / "model.ckpt-4")


# Going on from another's.


def test_a_model_dir_begins_with_anothers_newest_checkpoint_by_hard_link(
    model_dir: Path, tmp_path: Path
) -> None:
    taken = tmp_path / "other" / "model"
    take_over(model_dir, taken)
    assert tf.train.latest_checkpoint(str(taken)) == str(taken / "model.ckpt-4")
    assert data_of(taken, 4).samefile(data_of(model_dir, 4))
    assert not data_of(taken, 2).exists()
    (events,) = model_dir.glob("events.out.tfevents.*")
    (linked,) = taken.glob("events.out.tfevents.*")
    assert linked.samefile(events)
    assert linked.name != events.name


def test_what_is_trained_on_from_there_changes_nothing_of_the_other(
    model_dir: Path, tmp_path: Path
) -> None:
    before = {file.name: file.read_bytes() for file in model_dir.iterdir() if file.is_file()}
    config = tf.estimator.RunConfig(model_dir=str(tmp_path / "other"), save_checkpoints_steps=2)
    take_over(model_dir, tmp_path / "other")
    further = tf.estimator.Estimator(model_fn, config=config)
    further.train(input_fn, max_steps=20)
    assert further.get_variable_value("global_step") == 20
    assert {f.name: f.read_bytes() for f in model_dir.iterdir() if f.is_file()} == before


def test_a_model_dir_with_a_checkpoint_of_its_own_goes_on_from_that(
    estimator: tf.estimator.Estimator, model_dir: Path, tmp_path: Path
) -> None:
    taken = tmp_path / "other"
    take_over(model_dir, taken)
    estimator.train(input_fn, max_steps=6)
    take_over(model_dir, taken)
    assert tf.train.latest_checkpoint(str(taken)) == str(taken / "model.ckpt-4")


def test_a_broken_checkpoint_is_passed_over_for_the_one_before(
    model_dir: Path, tmp_path: Path
) -> None:
    spoil(data_of(model_dir, 4))
    take_over(model_dir, tmp_path / "other")
    latest = tf.train.latest_checkpoint(str(tmp_path / "other"))
    assert latest == str(tmp_path / "other" / "model.ckpt-2")


def test_nothing_can_be_taken_over_where_nothing_can_be_read(
    model_dir: Path, tmp_path: Path
) -> None:
    with pytest.raises(MissingCheckpointError, match="none has no checkpoint that can be read"):
        take_over(tmp_path / "none", tmp_path / "other")
    for step in (0, 2, 4):
        spoil(data_of(model_dir, step))
    with pytest.raises(MissingCheckpointError):
        take_over(model_dir, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_checkpoint_of_the_same_model_is_trained_on(estimator: tf.estimator.Estimator) -> None:
    estimator.train(input_fn, max_steps=6, hooks=[SameShapes(Path(estimator.model_dir))])
    assert estimator.get_variable_value("global_step") == 6


def test_a_checkpoint_of_another_shape_is_not_trained_on(model_dir: Path) -> None:
    def wider() -> tf.data.Dataset:
        return input_fn().map(lambda x, y: (tf.concat([x, x], axis=1), y))

    estimator = tf.estimator.Estimator(model_fn, model_dir=str(model_dir))
    with pytest.raises(OtherShapeError) as raised:
        estimator.train(wider, max_steps=6, hooks=[SameShapes(model_dir)])
    assert str(raised.value) == (
        "dense/kernel is (2, 1) with these params, but (1, 1) in the checkpoint to "
        "continue: leave params that change the shape of the model out of --explore"
    )


def test_what_was_exported_is_taken_along_and_only_whole_models_are_shared(
    model_dir: Path, tmp_path: Path
) -> None:
    exports = {"best/1700000000/saved_model.pb": "a model", "best.json": "{}", "notes": "5\n"}
    for name, text in {**exports, "best/temp-1700000001/saved_model.pb": "half"}.items():
        (model_dir / "export" / name).parent.mkdir(parents=True, exist_ok=True)
        (model_dir / "export" / name).write_text(text)
    taken = tmp_path / "other/export"
    take_over(model_dir, tmp_path / "other")
    found = {str(f.relative_to(taken)): f.read_text() for f in taken.rglob("*") if f.is_file()}
    assert found == exports
    shared = [name for name in exports if (taken / name).stat().st_nlink > 1]
    assert shared == ["best/1700000000/saved_model.pb"]
