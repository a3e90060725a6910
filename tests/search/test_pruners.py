"""Pruners by name."""

from __future__ import annotations

import pytest
from optuna.pruners import (
    HyperbandPruner,
    MedianPruner,
    NopPruner,
    PercentilePruner,
    SuccessiveHalvingPruner,
)

from sweep.errors import UsageError
from sweep.search.pruners import make_pruner


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (None, NopPruner),
        ("none", NopPruner),
        ("median", MedianPruner),
        ("hyperband", HyperbandPruner),
        ("asha", SuccessiveHalvingPruner),
    ],
)
def test_a_name_makes_optunas_pruner(name: str | None, kind: type) -> None:
    assert type(make_pruner(name, n_metrics=1)) is kind


def test_an_optuna_pruner_is_taken_as_it_is() -> None:
    pruner = PercentilePruner(25.0)
    assert make_pruner(pruner, n_metrics=1) is pruner


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError) as raised:
        make_pruner("best", n_metrics=1)
    assert str(raised.value) == (
        "There is no pruner 'best'. Choose one of none, median, percentile, patient, threshold, wilcoxon, hyperband, asha."
    )


def test_several_metrics_cannot_be_pruned() -> None:
    assert isinstance(make_pruner(None, n_metrics=2), NopPruner)
    with pytest.raises(UsageError) as raised:
        make_pruner(PercentilePruner(25.0), n_metrics=2)
    assert str(raised.value) == (
        "PercentilePruner compares one value a trial, but this study has 2 metrics: leave the "
        "pruner out, or name one metric."
    )
