"""Choosing trials by a condition, by rank and by order."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState, create_trial

from sweep.errors import UsageError
from sweep.results.ranking import best_first
from sweep.results.selection import STATES, order_by, where
from sweep.results.trials import Trials, trials_of
from sweep.storage.database import open_for_reading
from sweep.storage.reading import StudySummary, read_trials, summarize_study
from sweep.storage.url import storage_url

DISTRIBUTIONS: dict[str, BaseDistribution] = {
    "rate": FloatDistribution(0, 1),
    "layers": IntDistribution(1, 4),
    "batch": CategoricalDistribution([128, 32, 64]),
    "kind": CategoricalDistribution(["tanh", "relu"]),
    "conv/bias": CategoricalDistribution([True, False]),
    "value": IntDistribution(0, 9),
}
TRIALS = [
    (0.5, (0.1, 1, 32, "relu", True, 7)),
    (0.9, (0.2, 2, 64, "tanh", False, 8)),
    (None, (0.3, 3, 128, "relu", True, 9)),
    (0.9, (0.4, 4, 32, "tanh", True, 9)),
]
OF_THE_FAILED = {"metrics_metric/ndcg@1": 0.5, "metrics_loss": 0.25, "act": "elu", "fused": True}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    study = optuna.create_study(
        storage=storage_url(folder), study_name="study", direction="maximize"
    )
    for value, params in TRIALS:
        trial = create_trial(
            state=TrialState.FAIL if value is None else TrialState.COMPLETE,
            value=value,
            params=dict(zip(DISTRIBUTIONS, params, strict=True)),
            distributions=DISTRIBUTIONS,
            user_attrs=OF_THE_FAILED if value is None else {"sizes": [1]},
        )
        study.add_trial(trial)
    return folder


@pytest.fixture
def summary(folder: Path) -> StudySummary:
    return summarize_study(open_for_reading(storage_url(folder)), "study")


@pytest.fixture
def trials(folder: Path, summary: StudySummary) -> Trials:
    return trials_of(summary, read_trials(open_for_reading(storage_url(folder)), "study"))


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ("value > 0.6", [1, 3]),
        ("value > 0.6 and layers == 2", [1]),
        ("layers == 1 or layers == 3", [0, 2]),
        ("not value > 0.6", [0, 2]),
        ("0.1 < rate <= 0.3", [1, 2]),
        ("layers in [1, 4]", [0, 3]),
        ("kind not in ['relu']", [1, 3]),
        ("batch > 40", [1, 2]),
        ("params_batch == 2 * 16", [0, 3]),
        ("conv_bias", [0, 2, 3]),
        ("conv_bias == False", [1]),
        ("params_value == 9", [2, 3]),
        ('state == "FAIL"', [2]),
        ("loss > 0", [2]),
        ("1 - loss < 1", [2]),
        ("loss != 0.25", [0, 1, 3]),
        ("not act > 'a'", [0, 1, 3]),
        ("fused", [2]),
        ("seconds >= 0", [0, 1, 2, 3]),
        (" number % 2 == 0 ", [0, 2]),
    ],
)
def test_a_condition_names_columns_as_people_type_them(
    trials: Trials, condition: str, numbers: list[int]
) -> None:
    assert where(trials, condition).numbers == numbers


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (
            "value >",
            "cannot be parsed: write it as in 'value > 0.9 and kind == \"relu\"'.",
        ),
        ("@trials > 1", "cannot be parsed: write it as in 'value > 0.9 and kind == \"relu\"'."),
        ("`value` > 1", "cannot be parsed: write it as in 'value > 0.9 and kind == \"relu\"'."),
        (
            "__import__('os').getcwd()",
            "can have comparisons, arithmetic, and, or, not and in, but no call.",
        ),
        (
            "kind.values == 1",
            "can have comparisons, arithmetic, and, or, not and in, but no attribute.",
        ),
        (
            "9 ** 9 > value",
            "can have comparisons, arithmetic, and, or, not and in, but no **.",
        ),
        ("value + 1", "must be true or false for each trial, as in value > 0.9."),
        ("True", "must be true or false for each trial, as in value > 0.9."),
        ("kind and layers == 1", "must be true or false for each trial, as in value > 0.9."),
    ],
)
def test_what_is_no_condition_is_refused(trials: Trials, condition: str, why: str) -> None:
    with pytest.raises(UsageError) as raised:
        where(trials, condition)
    assert str(raised.value) == f"The condition {condition!r} {why}"


@pytest.mark.parametrize(
    "condition", ["kind > 3", "-value + kind > 0", "layers > 'a'", "1 / (layers - 2) > 0"]
)
def test_a_comparison_that_makes_no_sense_is_refused(trials: Trials, condition: str) -> None:
    with pytest.raises(UsageError) as raised:
        where(trials, condition)
    assert str(raised.value) == (
        f"The condition {condition!r} does not fit the columns' values: look for text in place of "
        "a number, a number in place of text, or a division by zero."
    )


@pytest.mark.parametrize(
    ("condition", "state"),
    [
        ("state == 'COMPLETED'", "COMPLETED"),
        ("value > 0.1 and not state != 'complete'", "complete"),
        ("state in ['FAIL', 'completed']", "completed"),
    ],
)
def test_a_state_that_no_trial_can_have_is_refused(
    trials: Trials, condition: str, state: str
) -> None:
    with pytest.raises(UsageError) as raised:
        where(trials, condition)
    assert str(raised.value) == (
        f"The condition {condition!r} compares the state with {state!r}, but a trial is "
        "RUNNING, COMPLETE, PRUNED, FAIL or WAITING: did you mean COMPLETE?"
    )


def test_the_states_are_optunas() -> None:
    assert {state.name for state in optuna.trial.TrialState} == set(STATES)


@pytest.mark.parametrize(
    ("condition", "name", "typed"),
    [
        ("metric/ndcg@1 > .9", "metric/ndcg@1", "metric_ndcg_1"),
        ("metric/ndcg@1 == ", "metric/ndcg@1", "metric_ndcg_1"),
        ("metrics_metric/ndcg@1 > .9", "metrics_metric/ndcg@1", "metrics_metric_ndcg_1"),
        ("conv/bias == True", "conv/bias", "conv_bias"),
    ],
)
def test_a_column_that_is_named_as_it_was_recorded_is_told_as_it_is_typed(
    trials: Trials, condition: str, name: str, typed: str
) -> None:
    with pytest.raises(UsageError) as raised:
        where(trials, condition)
    named = f"names {name!r}: type it as {typed}."
    assert str(raised.value) == f"The condition {condition!r} {named}"
    with pytest.raises(UsageError) as raised:
        order_by(trials, f"-{name}")
    assert str(raised.value) == f"The order '-{name}' {named}"


def test_an_unknown_column_is_refused_with_those_that_there_are(trials: Trials) -> None:
    there = (
        "which is not a column; there are number, state, datetime_start, datetime_complete, "
        "duration, value, sizes, act, fused, seconds, rate, layers, batch, kind, conv_bias, "
        "metric_ndcg_1, loss"
    )
    for name, end in (("width", "."), ("layer", ": did you mean layers?")):
        with pytest.raises(UsageError) as raised:
            where(trials, f"{name} > 3")
        assert str(raised.value) == f"The condition '{name} > 3' names {name!r}, {there}{end}"
        with pytest.raises(UsageError) as raised:
            order_by(trials, f"-{name}")
        assert str(raised.value) == f"The order names {name!r}, {there}{end}"


@pytest.mark.parametrize(
    ("column", "numbers"),
    [
        ("rate", [0, 1, 2, 3]),
        ("-layers", [3, 2, 1, 0]),
        ("value", [0, 1, 3, 2]),
        ("-value", [1, 3, 0, 2]),
        ("batch", [0, 3, 1, 2]),
        ("kind", [0, 2, 1, 3]),
    ],
)
def test_trials_are_ordered_by_a_column_and_what_lacks_it_comes_last(
    trials: Trials, column: str, numbers: list[int]
) -> None:
    assert order_by(trials, column).numbers == numbers


def test_the_best_come_in_the_studys_direction(summary: StudySummary, trials: Trials) -> None:
    assert best_first(summary, trials, 2).numbers == [1, 3]
    assert best_first(summary, trials, 9).numbers == [1, 3, 0]
    assert best_first(summary, trials.only([0, 2, 3]), 1).numbers == [3]
