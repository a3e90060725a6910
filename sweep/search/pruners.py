"""Optuna's pruners by the names of the command line, with Optuna's own defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sweep.errors import UsageError

if TYPE_CHECKING:
    from optuna.pruners import BasePruner

DEFAULT_PRUNER = "none"

PRUNERS = {
    "none": "NopPruner",
    "median": "MedianPruner",
    "hyperband": "HyperbandPruner",
    "asha": "SuccessiveHalvingPruner",
}


def make_pruner(choice: str | BasePruner | None, n_metrics: int) -> BasePruner:
    """Makes the pruner named `choice`; an Optuna pruner is taken as it is.

    Args:
        choice: a name of PRUNERS, an Optuna pruner, or None for no pruning.
        n_metrics: how many metrics the study has.

    Raises:
        UsageError: no such name, or pruning is asked of a study with several metrics.
    """
    from optuna.pruners import NopPruner

    if choice is None or isinstance(choice, str):
        choice = _by_name(choice or DEFAULT_PRUNER)
    if n_metrics > 1 and not isinstance(choice, NopPruner):
        raise UsageError(
            f"{type(choice).__name__} compares one value a trial, but this study has {n_metrics} "
            "metrics: leave the pruner out, or name one metric."
        )
    return choice


def _by_name(name: str) -> BasePruner:
    import optuna

    if name not in PRUNERS:
        raise UsageError(f"There is no pruner {name!r}. Choose one of {', '.join(PRUNERS)}.")
    pruner: BasePruner = getattr(optuna.pruners, PRUNERS[name])()
    return pruner
