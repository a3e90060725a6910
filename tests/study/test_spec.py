"""What a study can declare."""

from __future__ import annotations

import functools
import inspect
from dataclasses import fields
from typing import Any

import pytest

from sweep import location
from sweep.errors import StudyError
from sweep.estimator.trial_spec import TrialSpec
from sweep.schedule.rungs import Rungs
from sweep.study.spec import StudySpec
from tests.standin import study_of


def test_one_metric_has_one_direction() -> None:
    spec = study_of(metric="loss", direction="minimize")
    assert (spec.metrics, spec.directions) == (("loss",), ("minimize",))


def test_several_metrics_have_a_direction_each() -> None:
    spec = study_of(metric=["loss", "size"], direction=["minimize", "maximize"])
    assert spec.metrics == ("loss", "size")
    assert spec.directions == ("minimize", "maximize")


def test_a_study_has_twenty_trials_and_nothing_chosen_unless_it_says_so() -> None:
    spec = study_of()
    assert spec.n_trials == 20
    assert (spec.save_checkpoints_steps, spec.sampler, spec.pruner) == (None, None, None)


def test_a_trial_spec_stands_in_the_order_of_train_and_evaluate() -> None:
    assert TrialSpec._fields == ("estimator", "train_spec", "eval_spec")


@pytest.mark.parametrize(
    ("field", "value", "meaning"),
    [
        ("search_space", {"x": (0, 1)}, "a function of an Optuna trial"),
        ("metric", "", "a metric's name, or several"),
        ("metric", [], "a metric's name, or several"),
        ("metric", ["loss", None], "a metric's name, or several"),
        ("metric", None, "a metric's name, or several"),
        ("direction", "up", '"maximize" or "minimize", one for each metric'),
        ("direction", ["minimize", 1], '"maximize" or "minimize", one for each metric'),
        ("direction", None, '"maximize" or "minimize", one for each metric'),
        ("scheduler", "rungs", "sweep.Rungs(…), sweep.Population(…) or None"),
        ("scheduler", Rungs, "sweep.Rungs(…), sweep.Population(…) or None"),
        ("constraints", "loss <= 1", 'metrics with their bounds, as in {"latency": "<= 20"}'),
        ("constraints", {"loss": 1}, 'metrics with their bounds, as in {"latency": "<= 20"}'),
        ("constraints", ["loss < 1"], 'metrics with their bounds, as in {"latency": "<= 20"}'),
        ("n_trials", 0, "a whole number of at least 1"),
        ("n_trials", 2.5, "a whole number of at least 1"),
        ("n_trials", True, "a whole number of at least 1"),
        ("save_checkpoints_steps", 0, "a whole number of steps of at least 1, or None"),
        ("save_checkpoints_steps", "10", "a whole number of steps of at least 1, or None"),
        (
            "serving_input_receiver_fn",
            "image",
            "a function of no arguments that returns a ServingInputReceiver, or None",
        ),
        ("lift_arrays", 0, "True or False"),
        ("write_graph", "yes", "True or False"),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused(field: str, value: Any, meaning: str) -> None:
    with pytest.raises(StudyError) as raised:
        study_of(**{field: value})
    assert str(raised.value) == f"StudySpec's `{field}` must be {meaning}, but got {value!r}."


def test_a_pruner_beside_a_scheduler_is_refused() -> None:
    with pytest.raises(StudyError, match="`pruner` must be None beside a `scheduler`"):
        study_of(scheduler=Rungs(3, 3), pruner="median")


@pytest.mark.parametrize(
    ("field", "function", "called", "takes"),
    [
        ("build", lambda params: None, "(params, config)", "(params)"),
        ("build", lambda params, config, seed: None, "(params, config)", "(params, config, seed)"),
        ("search_space", lambda: {}, "(trial)", "()"),
        ("serving_input_receiver_fn", lambda features: None, "()", "(features)"),
    ],
)
def test_a_function_that_takes_other_arguments_is_refused(
    field: str, function: Any, called: str, takes: str
) -> None:
    with pytest.raises(StudyError) as raised:
        study_of(**{"build": lambda params, config: None, field: function})
    assert str(raised.value) == (
        f"StudySpec's `{field}` ({location.of_function(function)}) is called with {called}, but "
        f"takes {takes}."
    )


def test_a_function_that_takes_any_arguments_is_as_good() -> None:
    def anything(*args: Any, **kwargs: Any) -> Any: ...

    spec = StudySpec(
        search_space=anything, build=functools.partial(anything), metric="x", direction="minimize"
    )
    assert spec.where == location.of_function(anything)


def test_a_build_that_cannot_be_called_is_refused() -> None:
    build: Any = "model"
    with pytest.raises(StudyError) as raised:
        StudySpec(search_space=lambda trial: {}, build=build, metric="loss", direction="minimize")
    assert str(raised.value) == (
        "StudySpec's `build` must be a function (params, config) -> TrialSpec, or None beside a "
        "`program`, but got 'model'."
    )


def test_a_metric_without_a_direction_is_refused() -> None:
    with pytest.raises(StudyError) as raised:
        study_of(metric=["loss", "size"], direction="minimize")
    assert str(raised.value) == (
        "StudySpec has 2 metrics ['loss', 'size'] but 1 direction ['minimize']: give one "
        "direction for each metric."
    )


def test_every_field_is_explained_where_help_shows_it() -> None:
    explained = inspect.getdoc(StudySpec) or ""
    for field in fields(StudySpec):
        assert f"\n    {field.name}: " in explained
