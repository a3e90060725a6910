"""Checkpoints saved at less cost: at the same steps, and with a graph only if asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from sweep.training.sparing_saves import saving_sparingly

pytestmark = pytest.mark.tensorflow

N_RUNS = 100
Hook = tf.compat.v1.train.CheckpointSaverHook
Writers = tf.compat.v1.summary.FileWriterCache


def train(model_dir: Path, advance: int = 1, **config: Any) -> list[int]:
    """Trains N_RUNS runs that each advance global_step, and returns the steps saved."""

    def input_fn() -> Any:
        return tf.data.Dataset.from_tensors(tf.constant(1.0)).repeat(N_RUNS)

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        step = tf.compat.v1.train.get_global_step()
        weight = tf.compat.v1.get_variable("weight", [])
        with tf.control_dependencies([weight.assign_add(features)]):
            train_op = step.assign_add(advance)
        return tf.estimator.EstimatorSpec(mode, loss=features, train_op=train_op)

    run_config = tf.estimator.RunConfig(
        str(model_dir), save_checkpoints_steps=20, keep_checkpoint_max=None, **config
    )
    estimator = tf.estimator.Estimator(model_fn, config=run_config)
    estimator.train(input_fn)
    estimator.evaluate(input_fn, steps=1)
    return sorted(int(path.stem.rpartition("-")[2]) for path in model_dir.glob("*.index"))


def graphs_in_event_files(folder: Path) -> list[str]:
    """Which event files of the training and the evaluation have which kinds of graphs."""
    return sorted(
        f"{path.parent.relative_to(folder)} {event.WhichOneof('what')}"
        for path in folder.rglob("events.*")
        for event in tf.compat.v1.train.summary_iterator(str(path))
        if event.WhichOneof("what") in ("graph_def", "meta_graph_def")
    )


def tags_in_event_files(folder: Path) -> list[str]:
    return [
        value.tag
        for path in folder.glob("events.*")
        for event in tf.compat.v1.train.summary_iterator(str(path))
        for value in event.summary.value
    ]


@pytest.mark.parametrize("advance", [1, 7, 20, 30])
def test_checkpoints_are_saved_at_the_steps_that_estimator_saves_them_at(
    advance: int, tmp_path: Path
) -> None:
    by_itself = train(tmp_path / "by itself", advance)
    with saving_sparingly(write_graph=False):
        assert train(tmp_path / "sparing", advance) == by_itself
    assert len(by_itself) > 5


def test_the_session_does_not_run_for_the_step_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    run = tf.compat.v1.Session.run

    def counted(session: Any, *args: Any, **kwargs: Any) -> Any:
        runs.append(args)
        return run(session, *args, **kwargs)

    monkeypatch.setattr(tf.compat.v1.Session, "run", counted)
    with saving_sparingly(write_graph=True):
        train(tmp_path)
    assert len(runs) < 1.6 * N_RUNS


def test_no_graph_is_written_unless_it_is_asked_for(tmp_path: Path) -> None:
    with saving_sparingly(write_graph=False):
        train(tmp_path, checkpoint_save_graph_def=False)
    assert not graphs_in_event_files(tmp_path)
    assert not list(tmp_path.rglob("*.meta"))
    assert not (tmp_path / "graph.pbtxt").exists()


def test_a_graph_that_is_asked_for_is_written_as_estimator_writes_it(tmp_path: Path) -> None:
    train(tmp_path / "by itself")
    with saving_sparingly(write_graph=True):
        train(tmp_path / "sparing")
    graphs = graphs_in_event_files(tmp_path / "sparing")
    assert graphs
    assert graphs == graphs_in_event_files(tmp_path / "by itself")


def test_losses_and_evaluations_are_written_without_a_graph(tmp_path: Path) -> None:
    with saving_sparingly(write_graph=False):
        train(tmp_path)
    assert "loss" in tags_in_event_files(tmp_path)
    assert "loss" in tags_in_event_files(tmp_path / "eval")


def test_tensorflow_saves_as_before_when_the_block_has_ended() -> None:
    before = Hook.after_run, Hook.after_create_session, Writers.get
    with saving_sparingly(write_graph=False):
        assert not {Hook.after_run, Hook.after_create_session, Writers.get} & set(before)
    assert (Hook.after_run, Hook.after_create_session, Writers.get) == before
