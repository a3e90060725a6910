"""Optuna's samplers by their names on the command line, with Optuna's own defaults."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sweep.errors import UsageError
from sweep.search.values import own_values
from sweep.wording import question

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

DEFAULT_SAMPLER = "tpe"

SAMPLERS = {
    "tpe": "TPESampler",
    "gp": "GPSampler",
    "cmaes": "CmaEsSampler",
    "random": "RandomSampler",
    "grid": "BruteForceSampler",
    "qmc": "QMCSampler",
    "nsgaii": "NSGAIISampler",
}
"""`grid` is Optuna's BruteForceSampler, which finds the grid of a define-by-run search space
itself, conditional params included."""

GRID = "grid"
_READ_PRUNED = ("tpe", "random", "grid", "qmc")
_PACKAGES = {"gp": "torch", "cmaes": "cmaes"}


def make_sampler(
    choice: str | BaseSampler | None, seed: int, fixed: Mapping[str, Any]
) -> BaseSampler:
    """Makes the sampler named `choice`; an Optuna sampler is returned as it is, with its seed.

    Args:
        choice: a name of SAMPLERS, an Optuna sampler, or None for Optuna's default, TPE.
        seed: the seed of a sampler that is made by name.
        fixed: params held at one value (Optuna's PartialFixedSampler).

    Raises:
        UsageError: there is no such sampler, or it needs a package that is not installed.
    """
    import optuna

    with warnings.catch_warnings(action="ignore", category=optuna.exceptions.ExperimentalWarning):
        if choice is None or isinstance(choice, str):
            choice = _by_name(choice or DEFAULT_SAMPLER, seed)
        return optuna.samplers.PartialFixedSampler(own_values(fixed), choice) if fixed else choice


def is_grid(choice: str | BaseSampler | None) -> bool:
    """Whether the sampler tries every combination once and then ends."""
    from optuna.samplers import BruteForceSampler, GridSampler

    return choice == GRID or isinstance(choice, BruteForceSampler | GridSampler)


def reads_pruned(choice: str | BaseSampler | None) -> bool:
    """Whether a sampler works without COMPLETE trials: it learns from PRUNED ones, or not at all.

    For a sampler that was not made by name, this is unknown.
    """
    from optuna import samplers

    if choice is None or isinstance(choice, str):
        return (choice or DEFAULT_SAMPLER) in _READ_PRUNED
    known = [getattr(samplers, SAMPLERS[name]) for name in _READ_PRUNED]
    return isinstance(choice, samplers.TPESampler) or type(choice) in (*known, samplers.GridSampler)


def check_sampler(choice: str | BaseSampler | None, n_metrics: int) -> None:
    """Checks that a sampler works for a study with this many metrics.

    Raises:
        UsageError: the sampler works for one metric, and the study has several.
    """
    if n_metrics > 1 and _is_cmaes(choice):
        raise UsageError(
            f"CMA-ES optimizes one metric, but this study has {n_metrics}: use the sampler "
            "tpe, gp or nsgaii, or name one metric."
        )


def ignores_constraints(choice: str | BaseSampler | None) -> bool:
    """Whether a sampler learns from trials, but not from which of them break constraints."""
    return _is_cmaes(choice)


def _is_cmaes(choice: str | BaseSampler | None) -> bool:
    from optuna.samplers import CmaEsSampler

    return choice == "cmaes" or isinstance(choice, CmaEsSampler)


def _by_name(name: str, seed: int) -> BaseSampler:
    import optuna

    if name not in SAMPLERS:
        raise UsageError(
            f"There is no sampler {name!r}; there are {', '.join(SAMPLERS)}"
            f"{question(name, SAMPLERS)}"
        )
    if (package := _PACKAGES.get(name)) is not None:
        try:
            importlib.import_module(package)
        except ImportError:
            raise UsageError(
                f"The sampler {name!r} needs the package {package!r}, which is not installed: "
                f"pip install {package}"
            ) from None
    match name:
        case "tpe":
            from sweep.search.tpe import IncrementalTPESampler

            return IncrementalTPESampler(seed=seed)
        case "cmaes":
            from sweep.search.cmaes import GuardedCmaEsSampler

            return GuardedCmaEsSampler(seed=seed)
    sampler: BaseSampler = getattr(optuna.samplers, SAMPLERS[name])(seed=seed)
    return sampler
