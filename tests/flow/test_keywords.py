"""The message for a keyword of `sweep.run` that cannot be used."""

from __future__ import annotations

import dataclasses
import inspect
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sweep
from sweep.errors import UsageError
from sweep.flow.keywords import check_keywords
from sweep.flow.options import Options
from sweep.storage.study import AskedStudy
from tests.standin import study_of

TEXT = "a text, or None"
SECONDS = "a number of seconds above 0, or None"


@pytest.mark.parametrize(
    ("name", "value", "meaning"),
    [
        ("n_trials", "20", "a whole number of at least 1, or None"),
        ("n_trials", 2.0, "a whole number of at least 1, or None"),
        ("n_jobs", "2", "a whole number of at least 1, or None"),
        ("n_jobs", True, "a whole number of at least 1, or None"),
        ("seed", -1, "a whole number of at least 0, or None"),
        ("name", 3, TEXT),
        ("results", 3, "a path or a URL"),
        ("storage", 3, TEXT),
        ("sampler", 5, "an Optuna sampler, the name of one, or None"),
        ("pruner", 5, "an Optuna pruner, the name of one, or None"),
        ("extension", 3, "an Extension(top, max_steps), or None"),
        ("confirmation", 3, "a sweep.Confirmation(top, seeds), or None"),
        ("target", "x", "a number, or None"),
        ("retry", 3, TEXT),
        ("retries", None, "a whole number of at least 0"),
        ("inline", "yes", "True or False"),
        ("address", 3, TEXT),
        ("trial_timeout", "90s", SECONDS),
        ("stall_timeout", 0, SECONDS),
        ("timeout", "1h", SECONDS),
        ("memory_limit", "2G", "a number of bytes above 0, or None"),
        ("constraints", {"loss": 1}, 'metrics with their bounds, as in {"latency": "<= 20"}'),
        ("prefer", 3, TEXT),
        ("begin_with", 3, TEXT),
        ("fixed", ["x"], "a dict of params by name"),
        ("enqueue", {"x": 3}, "a list of dicts of params by name"),
        ("listener", 3, "a function of an event, or None"),
    ],
)
def test_a_keyword_of_another_kind_is_refused_before_the_study_is_loaded(
    name: str, value: Any, meaning: str
) -> None:
    with pytest.raises(UsageError) as raised:
        sweep.run("no_such_study", **{name: value})
    assert str(raised.value) == f"{name} must be {meaning}, but got {value!r}."


def test_what_each_keyword_is_by_itself_is_of_its_kind() -> None:
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(sweep.run).parameters.items()
        if parameter.default is not parameter.empty
    }
    assert defaults.keys() >= {field.name for field in dataclasses.fields(Options)}
    check_keywords(defaults)
    check_keywords({"n_trials": np.int64(3), "results": Path("results"), "timeout": 1})
    check_keywords({"confirmation": sweep.Confirmation(3, 3), "sampler": "tpe", "target": 1})


def test_a_keyword_that_there_is_not_is_told_with_the_one_that_was_meant() -> None:
    run: Callable[..., Any] = sweep.run
    with pytest.raises(UsageError) as raised:
        run("study", jobs=2)
    assert str(raised.value) == "sweep.run has no keyword 'jobs': did you mean n_jobs?"
    with pytest.raises(UsageError) as raised:
        run("study", xyz=1)
    assert str(raised.value) == "sweep.run has no keyword 'xyz'."
    with pytest.raises(UsageError) as raised:
        run()
    assert (
        str(raised.value) == "sweep.run got wrong arguments: missing a required argument: 'study'."
    )


def test_optuna_says_nothing_of_the_studies_that_a_sweep_creates(
    sweep: Callable[..., AskedStudy], caplog: pytest.LogCaptureFixture
) -> None:
    import optuna

    optuna.logging.enable_propagation()
    optuna.logging.set_verbosity(optuna.logging.INFO)
    try:
        with caplog.at_level(logging.INFO):
            sweep(study_of(), n_trials=1)
    finally:
        optuna.logging.disable_propagation()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
    assert [record.message for record in caplog.records if "created" in record.message] == []
