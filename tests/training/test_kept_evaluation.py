"""Evaluations that share a graph and a session give the results of Estimator's own."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from sweep.training.kept_evaluation import evaluations_kept

pytestmark = pytest.mark.tensorflow

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("int64")
STEPS = 25
N_EVALUATIONS = 5


def model_fn(features: Any, labels: Any, mode: str) -> Any:
    hidden = tf.compat.v1.layers.dense(features["x"], 4, activation=tf.nn.relu)
    hidden = tf.compat.v1.layers.dropout(hidden, training=mode == "train", seed=1)
    logits = tf.compat.v1.layers.dense(hidden, 2)
    loss = tf.compat.v1.losses.sparse_softmax_cross_entropy(labels, logits)
    step = tf.compat.v1.train.get_global_step()
    predicted = tf.argmax(logits, axis=1)
    return tf.estimator.EstimatorSpec(
        mode,
        loss=loss,
        train_op=tf.compat.v1.train.AdamOptimizer(0.01).minimize(loss, step),
        eval_metric_ops={
            "accuracy": tf.compat.v1.metrics.accuracy(labels, predicted),
            "auc": tf.compat.v1.metrics.auc(labels, tf.nn.softmax(logits)[:, 1]),
        },
    )


def rows(x: Any = X) -> Any:
    return tf.data.Dataset.from_tensor_slices(({"x": x}, Y)).batch(8)


def training_input_fn() -> Any:
    return rows().repeat()


@dataclass
class Evaluated:
    """What the evaluations of a training have given."""

    metrics: list[dict[str, bytes]]
    n_built: int
    summaries: list[tuple[int, str, bytes]]
    model: bytes


def trained(
    folder: Path,
    input_fn: Callable[[], Any],
    *,
    keep: bool,
    train_input_fn: Callable[[], Any] = training_input_fn,
    model: Callable[..., Any] = model_fn,
    **eval_spec: Any,
) -> Evaluated:
    """Trains with five evaluations, from the same random numbers each time."""
    random.seed(1)
    np.random.seed(1)
    config = tf.estimator.RunConfig(str(folder), tf_random_seed=1, save_checkpoints_steps=5)
    estimator = tf.estimator.Estimator(model, config=config)
    metrics: list[dict[str, bytes]] = []
    n_built = 0

    class Look(tf.estimator.Exporter):  # type: ignore[misc]
        name = "look"

        def export(self, *, eval_result: Any, **given: Any) -> None:
            metrics.append({name: value.tobytes() for name, value in eval_result.items()})

    def counted() -> Any:
        nonlocal n_built
        n_built += 1
        return input_fn()

    specs = (
        tf.estimator.TrainSpec(train_input_fn, max_steps=STEPS),
        tf.estimator.EvalSpec(
            counted,
            **{"steps": None, "start_delay_secs": 0, "throttle_secs": 0, **eval_spec},
            exporters=Look(),
        ),
    )
    with evaluations_kept(estimator, counted) if keep else nullcontext():
        tf.estimator.train_and_evaluate(estimator, *specs)
    kernel = estimator.get_variable_value("dense/kernel").tobytes()
    return Evaluated(metrics, n_built, summaries_in(folder), kernel)


def summaries_in(folder: Path) -> list[tuple[int, str, bytes]]:
    (file,) = folder.glob("eval*/*.tfevents.*")
    return [
        (event.step, value.tag, value.SerializeToString().replace(folder.name.encode(), b""))
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
    ]


def assert_same(kept: Evaluated, own: Evaluated) -> None:
    assert kept.metrics == own.metrics
    assert kept.summaries == own.summaries
    assert kept.model == own.model
    assert len(own.metrics) == own.n_built == N_EVALUATIONS
    assert len({metrics["loss"] for metrics in own.metrics}) == N_EVALUATIONS


def parsed_of_files_cached_and_looked_up() -> Any:
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(["no", "yes"], tf.constant([0, 1], tf.int64)), -1
    )
    words = tf.data.Dataset.from_tensor_slices((X, np.array(["no", "yes"])[Y]))
    parsed = words.map(lambda x, word: ({"x": x}, table.lookup(word)))
    return parsed.filter(lambda x, y: y >= 0).cache().batch(8).prefetch(2)


@pytest.mark.parametrize(
    ("input_fn", "eval_spec"),
    [
        (rows, {}),
        pytest.param(lambda: rows().repeat(), {"steps": 7}, marks=pytest.mark.slow),
        pytest.param(parsed_of_files_cached_and_looked_up, {}, marks=pytest.mark.slow),
        pytest.param(rows, {"name": "test"}, marks=pytest.mark.slow),
    ],
    ids=["rows", "steps", "table", "named"],
)
def test_evaluations_of_one_graph_are_those_of_many(
    input_fn: Callable[[], Any], eval_spec: dict[str, Any], tmp_path: Path
) -> None:
    kept = trained(tmp_path / "kept", input_fn, keep=True, **eval_spec)
    assert_same(kept, trained(tmp_path / "anew", input_fn, keep=False, **eval_spec))
    assert kept.n_built == 2


def shuffled() -> Any:
    return rows().unbatch().shuffle(40, seed=1).batch(8).take(2)


def generated() -> Any:
    def all_rows() -> Any:
        for x, y in zip(X, Y, strict=True):
            yield {"x": x}, y

    signature = {"x": tf.TensorSpec([3], tf.float32)}, tf.TensorSpec([], tf.int64)
    return tf.data.Dataset.from_generator(all_rows, output_signature=signature).batch(8)


def noisy() -> Any:
    return rows().map(lambda f, y: ({"x": f["x"] + tf.random.normal([3], seed=1)}, y))


def drawn() -> Any:
    return rows(X + np.random.normal(size=3).astype("float32"))


def by_hand() -> Any:
    iterator = tf.compat.v1.data.make_initializable_iterator(rows())
    tf.compat.v1.add_to_collection(tf.compat.v1.GraphKeys.TABLE_INITIALIZERS, iterator.initializer)
    return iterator.get_next()


@pytest.mark.parametrize(
    ("input_fn", "reason"),
    [
        (drawn, "the graph differs each time that it is built"),
        pytest.param(
            shuffled,
            "its graph has ShuffleDataset, which may keep state between evaluations",
            marks=pytest.mark.slow,
        ),
        pytest.param(noisy, "its graph has RandomStandardNormal", marks=pytest.mark.slow),
        pytest.param(generated, "its graph calls a Python function", marks=pytest.mark.slow),
        pytest.param(by_hand, "its input_fn makes its own iterator", marks=pytest.mark.slow),
    ],
)
def test_an_evaluation_that_might_differ_is_built_each_time_and_the_log_says_why(
    input_fn: Callable[[], Any], reason: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tensorflow")
    kept = trained(tmp_path / "kept", input_fn, keep=True)
    (said,) = [text for text in caplog.messages if "builds its own graph" in text]
    assert said.startswith(f"Each evaluation builds its own graph: {reason}")
    assert_same(kept, trained(tmp_path / "anew", input_fn, keep=False))
    assert kept.n_built == N_EVALUATIONS
