"""Optuna's pruners by their names on the command line, fitted to how trials are evaluated."""

from __future__ import annotations

import ast
import inspect
import warnings
from typing import TYPE_CHECKING, Any

from sweep.errors import UsageError
from sweep.search.evaluation_interval import TrialSteps
from sweep.wording import question

if TYPE_CHECKING:
    from optuna.pruners import BasePruner

DEFAULT_PRUNER = "none"

PRUNERS = {
    "none": "NopPruner",
    "median": "MedianPruner",
    "percentile": "PercentilePruner",
    "patient": "PatientPruner",
    "threshold": "ThresholdPruner",
    "wilcoxon": "WilcoxonPruner",
    "hyperband": "HyperbandPruner",
    "asha": "SuccessiveHalvingPruner",
}
_WRAPPED = "wrapped_pruner"


def make_pruner(choice: str | BasePruner | None, steps: TrialSteps | None = None) -> BasePruner:
    """Makes the pruner that `choice` describes; an Optuna pruner is returned as it is.

    Options that are left out have Optuna's defaults, except for the resources of hyperband and
    asha: here they are steps, so the minimum is one evaluation and the maximum is max_steps.

    Args:
        choice: a name of PRUNERS, possibly with options, as in
            "asha:reduction_factor=3,min_resource=100"; an Optuna pruner; or None for no pruning.
        steps: how trials are evaluated, if known.

    Raises:
        UsageError: there is no such pruner or option.
    """
    if choice is None or isinstance(choice, str):
        return _described(choice or DEFAULT_PRUNER, steps or TrialSteps())
    return choice


def check_pruner(choice: str | BasePruner | None, n_metrics: int) -> None:
    """Checks that the pruner exists and works for a study with this many metrics.

    Raises:
        UsageError: it does not exist, or the study has several metrics.
    """
    kind = pruner_kind(choice)
    if n_metrics > 1 and kind is not None:
        raise UsageError(
            f"{kind} compares one value of each trial, but this study has {n_metrics} metrics: use "
            "rungs, which compare all metrics, instead of the pruner, or name one metric."
        )


def pruner_kind(choice: str | BasePruner | None) -> str | None:
    """The class name of the pruner that `make_pruner` returns; None if nothing is pruned.

    Raises:
        UsageError: there is no such pruner.
    """
    if choice is None or isinstance(choice, str):
        kind = _class_of((choice or DEFAULT_PRUNER).partition(":")[0])
    else:
        kind = type(choice).__name__
    return None if kind == PRUNERS["none"] else kind


def _class_of(name: str) -> str:
    if name not in PRUNERS:
        raise UsageError(
            f"There is no pruner {name!r}; there are {', '.join(PRUNERS)}{question(name, PRUNERS)}"
        )
    return PRUNERS[name]


def _described(description: str, steps: TrialSteps) -> BasePruner:
    import optuna

    name, _, listed = description.partition(":")
    kind = getattr(optuna.pruners, _class_of(name))
    options = _resources(name, steps) | _parse(listed, description)
    if name == "patient":
        options[_WRAPPED] = _described(options.get(_WRAPPED) or DEFAULT_PRUNER, steps)
    try:
        with warnings.catch_warnings(
            action="ignore", category=optuna.exceptions.ExperimentalWarning
        ):
            pruner: BasePruner = kind(**options)
    except (TypeError, ValueError) as error:
        there = ", ".join(inspect.signature(kind).parameters)
        raise UsageError(
            f"The pruner {description!r} cannot be created: {_cause(error)}. "
            f"The options of {name} are {there or 'none'}."
        ) from None
    return pruner


def _resources(name: str, steps: TrialSteps) -> dict[str, Any]:
    """The resources in steps, for pruners that need them."""
    options: dict[str, Any] = {}
    if name in ("hyperband", "asha") and steps.evaluate_every is not None:
        options["min_resource"] = steps.evaluate_every
    if name == "hyperband" and steps.max_steps is not None:
        options["max_resource"] = steps.max_steps
    return options


def _parse(listed: str, description: str) -> dict[str, Any]:
    options = {}
    for item in filter(None, listed.split(",")):
        name, equals, text = map(str.strip, item.partition("="))
        if not (name and equals):
            raise UsageError(
                f"The options of the pruner {description!r} must be name=value, separated by "
                "commas, as in asha:reduction_factor=3,min_resource=100."
            )
        options[name] = _value(text)
    return options


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _cause(error: Exception) -> str:
    """Python's message about a call's arguments, without the name of the method."""
    return str(error).partition("() ")[2].rstrip(".") or str(error).rstrip(".")
