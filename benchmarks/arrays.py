"""MNIST in an input_fn: the cost of a trial as it is usually written, lifted, and written by hand.

    python benchmarks/arrays.py

A dense network takes 400 steps, with an evaluation on 10,000 images halfway and at the end, in a
process that has done so before. `from_tensor_slices` puts the images into the graph. Lifted is the
same function under `StudySpec(lift_arrays=True)`, the default. By hand is a Dataset of indices,
whose rows `numpy_function` takes from the arrays, one batch at a time. The three take turns; the
table shows medians.
"""

from __future__ import annotations

import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sweep.estimator import restore

restore()

import tensorflow as tf  # noqa: E402

from sweep.estimator.trial_spec import TrialSpec  # noqa: E402
from sweep.training.lifting.pipeline import with_lifted_arrays  # noqa: E402

MNIST = Path.home() / ".keras/datasets/mnist.npz"
N_HELD_OUT = 10_000
BATCH_SIZE = 128
N_STEPS = 400
N_REPETITIONS = 5
RESULT = Path(__file__).parents[1] / "results/benchmarks/arrays.md"
AS_WRITTEN, LIFTED, BY_HAND = "from_tensor_slices", "from_tensor_slices, lifted", "by hand"

Data = tuple[Any, Any]


def main() -> None:
    with np.load(MNIST) as arrays:
        images, labels = arrays["x_train"], arrays["y_train"]
    train = images[N_HELD_OUT:], labels[N_HELD_OUT:]
    held_out = images[:N_HELD_OUT], labels[:N_HELD_OUT]
    seconds: dict[str, list[float]] = {variant: [] for variant in (AS_WRITTEN, LIFTED, BY_HAND)}
    megabytes: dict[str, float] = {}
    for repetition in range(N_REPETITIONS + 1):
        for variant in seconds:
            taken, megabytes[variant] = _measure(variant, train, held_out)
            if repetition > 0:  # the first one warms up the process
                seconds[variant].append(taken)
    table = _table(seconds, megabytes)
    print(table)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(table)


def _measure(variant: str, train: Data, held_out: Data) -> tuple[float, float]:
    """The seconds of one trial, and the MB that it leaves on the disk."""
    input_fn = _indices if variant == BY_HAND else _slices
    with tempfile.TemporaryDirectory() as model_dir:
        trial_spec = _trial(model_dir, input_fn, train, held_out)
        began = time.monotonic()
        if variant == LIFTED:
            trial_spec = with_lifted_arrays(trial_spec)
        tf.estimator.train_and_evaluate(*trial_spec)
        taken = time.monotonic() - began
        files = [path for path in Path(model_dir).rglob("*") if path.is_file()]
        return taken, sum(path.stat().st_size for path in files) / 1e6


def _trial(model_dir: str, input_fn: Callable[..., Any], train: Data, held_out: Data) -> TrialSpec:
    config = tf.estimator.RunConfig(
        model_dir, tf_random_seed=1, save_checkpoints_steps=N_STEPS // 2
    )
    return TrialSpec(
        tf.estimator.Estimator(_model_fn, config=config),
        tf.estimator.TrainSpec(lambda: input_fn(*train, BATCH_SIZE, True), max_steps=N_STEPS),
        tf.estimator.EvalSpec(lambda: input_fn(*held_out, 500), steps=None, throttle_secs=0),
    )


def _slices(images: Any, labels: Any, batch_size: int, training: bool = False) -> Any:
    dataset = tf.data.Dataset.from_tensor_slices((images, labels))
    return _ordered(dataset, training).batch(batch_size).map(_scale).prefetch(2)


def _indices(images: Any, labels: Any, batch_size: int, training: bool = False) -> Any:
    def rows(indices: Any) -> Any:
        taken = tf.numpy_function(
            lambda at: (images[at], labels[at]), [indices], (tf.uint8, tf.uint8)
        )
        taken[0].set_shape((None, *images.shape[1:]))
        taken[1].set_shape((None,))
        return _scale(*taken)

    dataset = tf.data.Dataset.range(len(images))
    return _ordered(dataset, training).batch(batch_size).map(rows).prefetch(2)


def _ordered(dataset: Any, training: bool) -> Any:
    return dataset.shuffle(10_000).repeat() if training else dataset


def _scale(images: Any, labels: Any) -> Data:
    return {"image": tf.cast(images, tf.float32) / 255}, tf.cast(labels, tf.int64)


def _model_fn(features: Any, labels: Any, mode: str) -> Any:
    layers = tf.compat.v1.layers
    hidden = layers.dense(layers.flatten(features["image"]), 64, activation=tf.nn.relu)
    logits = layers.dense(hidden, 10)
    loss = tf.compat.v1.losses.sparse_softmax_cross_entropy(labels, logits)
    accuracy = tf.compat.v1.metrics.accuracy(labels, tf.argmax(logits, axis=1))
    step = tf.compat.v1.train.get_global_step()
    train_op = tf.compat.v1.train.AdamOptimizer(1e-3).minimize(loss, step)
    return tf.estimator.EstimatorSpec(
        mode, loss=loss, train_op=train_op, eval_metric_ops={"accuracy": accuracy}
    )


def _table(seconds: dict[str, list[float]], megabytes: dict[str, float]) -> str:
    rows = [
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, "
        f"TensorFlow {tf.__version__}; {N_STEPS} steps of {BATCH_SIZE}, two evaluations; "
        f"{N_REPETITIONS} repetitions",
        "",
        "| input_fn | s a trial | of the last row | MB a trial |",
        "| --- | --- | --- | --- |",
    ]
    for variant, taken in seconds.items():
        ratios = [a / b for a, b in zip(taken, seconds[BY_HAND], strict=True)]
        rows.append(
            f"| {variant} | {statistics.median(taken):.2f} | {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}) | {megabytes[variant]:.1f} |"
        )
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
