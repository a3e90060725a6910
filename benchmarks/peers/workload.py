"""A workload's functions, called as a user's own script would call them."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sweep.estimator.trial_spec import TrialSpec
from sweep.study.loader import load_study_file
from sweep.study.spec import StudySpec


@functools.cache
def load(file: Path) -> StudySpec:
    """The workload, on the Estimator that this project restores."""
    return load_study_file(file).spec


def build(workload: StudySpec, params: dict[str, Any], folder: Path) -> TrialSpec:
    """One trial, with its own model_dir in the folder."""
    import tensorflow as tf

    config = tf.estimator.RunConfig(
        tempfile.mkdtemp(dir=folder), save_checkpoints_steps=workload.save_checkpoints_steps
    )
    return workload.build(params, config)


def evaluate(workload: StudySpec, params: dict[str, Any], folder: Path) -> float:
    """Trains one trial and returns its accuracy."""
    import tensorflow as tf

    metrics, _ = tf.estimator.train_and_evaluate(*build(workload, params, folder))
    return float(metrics["accuracy"])


def train_in_legs(
    workload: StudySpec, params: dict[str, Any], folder: Path, ends: Sequence[int]
) -> Iterator[tuple[int, float]]:
    """Trains one trial from one step to the next, and reports the accuracy at each."""
    import tensorflow as tf

    estimator, train_spec, eval_spec = build(workload, params, folder)
    for end in ends:
        leg = train_spec._replace(max_steps=end)
        metrics, _ = tf.estimator.train_and_evaluate(estimator, leg, eval_spec)
        yield end, float(metrics["accuracy"])
