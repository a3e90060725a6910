"""Pruners by name."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from optuna.pruners import (
    HyperbandPruner,
    MedianPruner,
    NopPruner,
    PatientPruner,
    PercentilePruner,
    SuccessiveHalvingPruner,
    ThresholdPruner,
    WilcoxonPruner,
)

from sweep.errors import UsageError
from sweep.search.evaluation_interval import TrialSteps
from sweep.search.pruners import check_pruner, make_pruner


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (None, NopPruner),
        ("none", NopPruner),
        ("median", MedianPruner),
        ("percentile:percentile=25", PercentilePruner),
        ("patient:patience=3,wrapped_pruner=median", PatientPruner),
        ("threshold:lower=0.5", ThresholdPruner),
        ("wilcoxon", WilcoxonPruner),
        ("hyperband", HyperbandPruner),
        ("asha", SuccessiveHalvingPruner),
    ],
)
def test_a_name_makes_optunas_pruner(name: str | None, kind: type) -> None:
    assert type(make_pruner(name)) is kind


def private(description: str, pace: TrialSteps | None = None) -> dict[str, Any]:
    """What Optuna's pruner has made of its options."""
    return vars(make_pruner(description, steps=pace))


def test_options_reach_optuna() -> None:
    options = private("median:n_startup_trials=2, n_warmup_steps=30")
    assert (options["_n_startup_trials"], options["_n_warmup_steps"]) == (2, 30)
    assert private("asha:min_resource=auto")["_min_resource"] is None


def test_a_patient_pruner_has_the_pruner_that_it_names() -> None:
    options = private("patient:patience=3,wrapped_pruner=median")
    assert isinstance(options["_wrapped_pruner"], MedianPruner)


def test_resources_are_the_steps_of_an_evaluation_and_of_a_training() -> None:
    pace = TrialSteps(max_steps=400, evaluate_every=40)
    hyperband = private("hyperband", pace)
    assert (hyperband["_min_resource"], hyperband["_max_resource"]) == (40, 400)
    assert private("asha", pace)["_min_resource"] == 40
    assert private("asha:min_resource=80", pace)["_min_resource"] == 80


def test_an_optuna_pruner_is_taken_as_it_is() -> None:
    pruner = PercentilePruner(25.0)
    assert make_pruner(pruner) is pruner


@pytest.mark.parametrize(
    ("description", "message"),
    [
        (
            "best",
            "There is no pruner 'best'; there are none, median, percentile, patient, "
            "threshold, wilcoxon, hyperband, asha.",
        ),
        (
            "median:warmup=3",
            "The pruner 'median:warmup=3' cannot be created: got an unexpected keyword "
            "argument 'warmup'. The options of median are n_startup_trials, n_warmup_steps, "
            "interval_steps, n_min_trials.",
        ),
        (
            "percentile",
            "The pruner 'percentile' cannot be created: missing 1 required positional "
            "argument: 'percentile'. The options of percentile are percentile, "
            "n_startup_trials, n_warmup_steps, interval_steps, n_min_trials.",
        ),
        (
            "asha:reduction_factor=1",
            "The pruner 'asha:reduction_factor=1' cannot be created: The value of "
            "`reduction_factor` is 1, but must be `reduction_factor >= 2`. The options of "
            "asha are min_resource, reduction_factor, min_early_stopping_rate, "
            "bootstrap_count.",
        ),
        (
            "median:3",
            "The options of the pruner 'median:3' must be name=value, separated by commas, "
            "as in asha:reduction_factor=3,min_resource=100.",
        ),
        ("patient:patience=3,wrapped_pruner=mean", "There is no pruner 'mean'; there are "),
    ],
)
def test_what_is_no_pruner_is_refused(description: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        make_pruner(description)
    assert str(raised.value).startswith(message)


def test_several_metrics_cannot_be_pruned() -> None:
    for nothing in (None, "none", NopPruner()):
        check_pruner(nothing, n_metrics=2)
    check_pruner(PercentilePruner(25.0), n_metrics=1)
    with pytest.raises(UsageError) as raised:
        check_pruner(PercentilePruner(25.0), n_metrics=2)
    assert str(raised.value) == (
        "PercentilePruner compares one value of each trial, but this study has 2 metrics: "
        "use rungs, which compare all metrics, instead of the pruner, or name one metric."
    )


def test_what_optuna_calls_experimental_is_made_without_a_warning() -> None:
    with warnings.catch_warnings(action="error"):
        make_pruner("patient:patience=2")
