"""Failures found before training, from graphs that are built and not run."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import tensorflow as tf

from sweep import StudySpec, TrialSpec
from sweep.folder.layout import TrialFolder
from sweep.location import short
from sweep.schedule.leg import WHOLE, Leg
from sweep.trial.attempt import check_build, run_here
from sweep.trial.messages import Order, Remarked, Upward
from sweep.trial.outcome import AttemptState, Cause, Failure
from tests.trial.attempts import MAX_STEPS, Listening, X, input_fn, model_fn, study, trained_on

pytestmark = pytest.mark.tensorflow

HERE = short(Path(__file__))
Build = Callable[[dict[str, Any], Any], TrialSpec]


def order(leg: Leg = WHOLE) -> Order:
    return Order("study", -1, 1, {}, {}, seed=0, leg=leg, check_only=True)


def checked(spec: StudySpec, folder: Path, leg: Leg = WHOLE) -> tuple[Failure | None, list[Upward]]:
    """What is found of a study's first trial, and what it says; nothing has run."""
    channel = Listening()
    outcome = check_build(spec, order(leg), TrialFolder(folder), channel)
    assert outcome.state is (AttemptState.FAIL if outcome.failure else AttemptState.COMPLETE)
    assert not list(folder.glob("model/*ckpt*")) + list(folder.rglob("events.*"))
    return outcome.failure, [said for said in channel.heard if isinstance(said, Remarked)]


def line_of(function: Callable[..., Any], offset: int = 0) -> str:
    return f"{HERE}, line {function.__code__.co_firstlineno + offset}"


def features(n: int | None = 1) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(({"x": X}, 2 * X)).repeat(n).batch(8)


def endless() -> tf.data.Dataset:
    return input_fn(None).map(lambda x, y: (x, y)).prefetch(1)


def generated() -> tf.data.Dataset:
    """Endless, which nobody knows before it is run."""

    def rows() -> Iterator[Any]:
        while True:
            yield [0.0], [0.0]

    return tf.data.Dataset.from_generator(rows, (tf.float32, tf.float32), ((1,), (1,))).batch(8)


def regressor(config: Any) -> Any:
    column = tf.feature_column.numeric_column("x")
    return tf.estimator.DNNRegressor([2], [column], config=config)


def with_an_added_metric(config: Any) -> Any:
    def biggest(predictions: Any) -> Any:
        return {"biggest": tf.compat.v1.metrics.mean(predictions["predictions"])}

    return tf.estimator.add_metrics(regressor(config), biggest)


def keras_model(config: Any) -> Any:
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(1,), name="x")])
    model.compile("sgd", "mse", metrics=["mae"])
    return tf.keras.estimator.model_to_estimator(model, config=config)


def built_of(make: Callable[[Any], Any], input_fn: Callable[..., Any] = features) -> Build:
    def build(params: dict[str, Any], config: Any) -> TrialSpec:
        return TrialSpec(
            make(config),
            tf.estimator.TrainSpec(lambda: input_fn(None), max_steps=MAX_STEPS),
            tf.estimator.EvalSpec(input_fn),
        )

    return build


def ending(
    train: Callable[..., Any] = endless,
    evaluate: Callable[..., Any] = endless,
    max_steps: int | None = MAX_STEPS,
    steps: int | None = 1,
    model: Callable[..., Any] = model_fn,
    train_hooks: Mapping[str, Any] = MappingProxyType({}),
    eval_hooks: Sequence[Any] = (),
) -> Build:
    """The `build` of a study whose trials end in the ways that are given."""

    def build(params: dict[str, Any], config: Any) -> TrialSpec:
        return TrialSpec(
            tf.estimator.Estimator(model, config=config),
            tf.estimator.TrainSpec(train, max_steps=max_steps, **train_hooks),
            tf.estimator.EvalSpec(evaluate, steps=steps, hooks=eval_hooks),
        )

    return build


@pytest.mark.parametrize(
    ("build", "there"),
    [
        (trained_on(input_fn), "global_step, loss"),
        (built_of(regressor), "average_loss, global_step, label/mean, loss, prediction/mean"),
        (
            built_of(with_an_added_metric),
            "average_loss, biggest, global_step, label/mean, loss, prediction/mean",
        ),
        (
            built_of(
                keras_model, lambda n=1: features(n).map(lambda x, y: ({"x_input": x["x"]}, y))
            ),
            "global_step, loss, mae",
        ),
    ],
    ids=["model_fn", "premade", "added", "keras"],
)
def test_a_metric_that_the_model_lacks_is_told_with_those_that_it_has(
    tmp_path: Path, build: Build, there: str
) -> None:
    failure, _ = checked(study(build, metric=["loss", "auc"], direction=["minimize"] * 2), tmp_path)
    assert failure is not None
    assert failure.cause is Cause.METRIC
    assert failure.detail.partition(": ")[2] == (
        f"an evaluation of the model reports no 'auc', only {there}: let the StudySpec name one of "
        "these, or add 'auc' to the metrics of the model."
    )
    last = there.rpartition(", ")[2]
    assert checked(study(build, metric=last), tmp_path) == (None, [])


def test_a_constraint_on_a_metric_that_the_model_lacks_is_told_with_those_that_it_has(
    tmp_path: Path,
) -> None:
    bounded = study(trained_on(input_fn), metric="loss", constraints={"latency": "<= 20"})
    failure, _ = checked(bounded, tmp_path)
    assert failure is not None
    assert failure.detail.partition(": ")[2] == (
        "an evaluation of the model reports no 'latency', only global_step, loss: let the "
        "constraint name one of these, or add 'latency' to the metrics of the model."
    )


def test_an_exception_in_the_evaluations_graph_is_told_with_its_line(tmp_path: Path) -> None:
    def model(features: Any, labels: Any, mode: str) -> Any:
        metrics: dict[str, Any] = {}
        if mode == tf.estimator.ModeKeys.EVAL:
            metrics["error"] = metrics["eror"]
        return model_fn(features, labels, mode)

    failure, _ = checked(study(ending(model=model)), tmp_path)
    assert failure == Failure(
        Cause.EXCEPTION,
        f"KeyError: 'eror'; metrics has none ({line_of(model, 3)}), raised by building the "
        "evaluation's graph whatever the params",
    )


def test_a_feature_column_of_a_feature_that_there_is_not_is_told_with_its_line(
    tmp_path: Path,
) -> None:
    def make(config: Any) -> Any:
        column = tf.feature_column.numeric_column("rooms")
        return tf.estimator.DNNRegressor([2], [column], config=config)

    def houses(n: int | None = 1) -> tf.data.Dataset:
        return features(n).map(lambda x, y: ({"room": x["x"], "area": x["x"]}, y))

    failure, _ = checked(study(built_of(make, houses)), tmp_path)
    assert failure == Failure(
        Cause.EXCEPTION,
        "ValueError: Feature rooms is not in features dictionary; the input_fn gives room, area: "
        f"did you mean room? ({line_of(make, 1)}), raised by building the training's graph "
        "whatever the params",
    )


def test_an_exception_in_a_function_that_tensorflow_converts_is_told_with_its_line(
    tmp_path: Path,
) -> None:
    def halved(x: Any, y: Any) -> Any:
        if tf.reduce_sum(x["x"]) > 0:
            raise ValueError("no such\nhalf")
        return x, y

    failure, _ = checked(study(built_of(regressor, lambda n=1: features(n).map(halved))), tmp_path)
    assert failure == Failure(
        Cause.EXCEPTION,
        f"ValueError: no such half ({line_of(halved, 2)}), raised by building the training's graph "
        "whatever the params",
    )


def test_a_model_dir_beside_a_config_is_told_with_what_to_leave_out(tmp_path: Path) -> None:
    def make(config: Any) -> Any:
        return tf.estimator.Estimator(model_fn, model_dir="out", config=config)

    failure, _ = checked(study(built_of(make)), tmp_path)
    assert failure == Failure(
        Cause.EXCEPTION,
        "ValueError: the Estimator gets model_dir='out' besides a config that has the "
        f"trial's model_dir: leave model_dir out ({line_of(make, 1)}), raised by `build` "
        "whatever the params",
    )


def test_an_optimizer_that_estimator_does_not_take_is_told(tmp_path: Path) -> None:
    def model(features: Any, labels: Any, mode: str) -> Any:
        spec = model_fn(features, labels, mode)
        train_op = tf.keras.optimizers.Adam().minimize(spec.loss, [])
        return spec._replace(train_op=train_op)

    failure, _ = checked(study(ending(model=model)), tmp_path)
    assert failure is not None
    assert failure.cause is Cause.EXCEPTION
    assert failure.detail.endswith(
        f" ({line_of(model, 2)}), raised by building the training's graph whatever the params"
    )


def test_an_evaluation_that_would_never_end_is_refused(tmp_path: Path) -> None:
    failure, said = checked(
        study(ending(steps=None, evaluate=functools.partial(endless))), tmp_path
    )
    assert said == []
    assert failure == Failure(
        Cause.STUDY,
        f"{line_of(endless)}: the evaluation would never end, because this input_fn repeats "
        "its data without end: give EvalSpec(steps=…), or leave out .repeat().",
    )


def test_a_training_that_would_never_end_is_refused(tmp_path: Path) -> None:
    failure, said = checked(study(ending(max_steps=None)), tmp_path)
    assert said == []
    assert failure == Failure(
        Cause.STUDY,
        f"{line_of(endless)}: the training would never end, because this input_fn repeats "
        "its data without end: give TrainSpec(max_steps=…), or leave out .repeat().",
    )


def with_hooks(features: Any, labels: Any, mode: str) -> Any:
    """A model that brings hooks of its own."""
    hooks = [tf.compat.v1.train.SessionRunHook()]
    return model_fn(features, labels, mode)._replace(training_hooks=hooks, evaluation_hooks=hooks)


HOOKS = [tf.compat.v1.train.StopAtStepHook(last_step=3)]
LISTENERS = [tf.compat.v1.train.CheckpointSaverListener()]


@pytest.mark.parametrize(
    ("purpose", "field", "build"),
    [
        (
            "training",
            "TrainSpec(max_steps=…)",
            ending(max_steps=None, train_hooks={"hooks": HOOKS}),
        ),
        (
            "training",
            "TrainSpec(max_steps=…)",
            ending(max_steps=None, train_hooks={"saving_listeners": LISTENERS}),
        ),
        ("training", "TrainSpec(max_steps=…)", ending(max_steps=None, model=with_hooks)),
        ("evaluation", "EvalSpec(steps=…)", ending(steps=None, eval_hooks=HOOKS)),
        ("evaluation", "EvalSpec(steps=…)", ending(steps=None, model=with_hooks)),
    ],
    ids=["hook", "listener", "model's", "evaluation hook", "model's evaluation hook"],
)
def test_what_a_hook_may_end_is_told_and_not_refused(
    tmp_path: Path, purpose: str, field: str, build: Build
) -> None:
    text = (
        f"'s {purpose} only ends if one of its hooks stops it, because its input_fn "
        f"({line_of(endless)}) repeats its data without end. To end it without a hook, give "
        f"{field}."
    )
    assert checked(study(build), tmp_path) == (None, [Remarked(f"endless {purpose}", text)])


@pytest.mark.parametrize(
    "build",
    [
        ending(),
        ending(max_steps=None, steps=None, train=lambda: input_fn(2), evaluate=lambda: input_fn(1)),
        ending(max_steps=None, steps=None, train=generated, evaluate=generated),
    ],
    ids=["steps", "data", "unknown"],
)
def test_what_may_end_is_neither_refused_nor_told(tmp_path: Path, build: Build) -> None:
    assert checked(study(build), tmp_path) == (None, [])


def test_a_training_that_the_sweep_itself_ends_is_not_refused(tmp_path: Path) -> None:
    assert checked(study(ending(max_steps=None)), tmp_path, Leg(max_steps=40)) == (None, [])


def test_what_another_example_has_left_is_no_hindrance(tmp_path: Path) -> None:
    def of_width(units: int) -> Build:
        def make(config: Any) -> Any:
            layers = [tf.keras.layers.Dense(units, input_shape=(1,), name="x")]
            model = tf.keras.Sequential([*layers, tf.keras.layers.Dense(1)])
            model.compile("sgd", "mse")
            return tf.keras.estimator.model_to_estimator(model, config=config)

        return built_of(make, lambda n=1: features(n).map(lambda x, y: ({"x_input": x["x"]}, y)))

    assert checked(study(of_width(2)), tmp_path) == (None, [])
    assert checked(study(of_width(3)), tmp_path) == (None, [])


def test_a_model_fn_that_is_debugged_is_called_by_trials_alone(tmp_path: Path) -> None:
    def model(features: Any, labels: Any, mode: str) -> Any:
        raise AssertionError("a breakpoint")

    spec = study(trained_on(input_fn, model))
    outcome = run_here(spec, order(), TrialFolder(tmp_path), Listening())
    assert outcome.state is AttemptState.COMPLETE
