"""Failures that say what to do, for real errors of TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from sweep.folder.layout import TrialFolder
from sweep.location import short
from sweep.schedule.leg import Leg
from sweep.trial.attempt import run_here
from sweep.trial.messages import Order
from sweep.trial.outcome import Cause, Failure
from tests.trial.attempts import Listening, attempt, input_fn, model_fn, study, trained_on

pytestmark = pytest.mark.tensorflow


def counting(features: Any, labels: Any, mode: str) -> Any:
    """A model with a variable that only its evaluation has."""
    if mode == tf.estimator.ModeKeys.EVAL:
        tf.compat.v1.get_variable("counter", [])
    return model_fn(features, labels, mode)


EVAL_ONLY = Failure(
    Cause.EXCEPTION,
    "NotFoundError: the evaluation's graph has a variable counter, but the checkpoint from "
    "the training does not: let the model_fn create it in every mode, or in the collection "
    "LOCAL_VARIABLES",
)


def test_a_variable_that_only_the_evaluation_has_is_said_to_be_one(tmp_path: Path) -> None:
    failure = attempt(study(trained_on(input_fn, counting)), tmp_path).failure
    assert failure == EVAL_ONLY


def test_so_it_is_where_a_checkpoint_stands_at_the_end_already(tmp_path: Path) -> None:
    assert attempt(study(trained_on(input_fn)), tmp_path).failure is None
    assert attempt(study(trained_on(input_fn, counting)), tmp_path, attempt=2).failure == EVAL_ONLY


def test_a_variable_that_a_checkpoint_to_continue_lacks_is_a_mismatch(tmp_path: Path) -> None:
    def larger(features: Any, labels: Any, mode: str) -> Any:
        tf.compat.v1.get_variable("larger", [])
        return model_fn(features, labels, mode)

    attempt(study(trained_on(input_fn)), tmp_path / "trial-0000", leg=Leg(share=0.5))
    changed = attempt(study(trained_on(input_fn, larger)), tmp_path / "trial-0000", attempt=2)
    assert changed.failure == Failure(
        Cause.MISMATCH,
        "the model has larger, but the trial's checkpoint from an earlier attempt does not: "
        "the study file may have changed since then",
    )
    failure = attempt(
        study(trained_on(input_fn, larger)), tmp_path / "trial-0001", number=1, leg=Leg(0)
    ).failure
    assert failure == Failure(
        Cause.MISMATCH,
        "the model has larger with these params, but the checkpoint to continue does not: "
        "leave params that change the model's variables out of --explore",
    )


def test_a_model_of_keras_3_is_said_to_be_one(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras", minversion="3")

    def build(params: dict[str, Any], config: Any) -> Any:
        model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        tf.keras.estimator.model_to_estimator(model, config=config)

    order = Order("study", -1, 1, {}, {}, seed=0, check_only=True)
    outcome = run_here(study(build), order, TrialFolder(tmp_path), Listening())
    line = build.__code__.co_firstlineno + 3
    assert outcome.failure == Failure(
        Cause.EXCEPTION,
        "AttributeError: 'Sequential' object has no attribute '_is_graph_network'; this is "
        f"a Keras 3 model: make it with tf.keras, which is Keras 2 here ({short(Path(__file__))}, "
        f"line {line}), raised by `build` whatever the params",
    )
