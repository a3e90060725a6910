"""The values that the keywords of `sweep.run` take, and the errors for all other values."""

from __future__ import annotations

import functools
import inspect
import math
import os
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

from sweep.errors import UsageError
from sweep.search.constraints import are_texts
from sweep.wording import question

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")
_Rule = tuple[Callable[[Any], bool], str]


def check_keywords(given: Mapping[str, Any]) -> None:
    """Checks that each keyword has a value of its kind.

    Raises:
        UsageError: a keyword has another value.
    """
    for name, value in given.items():
        if name in _RULES:
            holds, meaning = _RULES[name]
            if not holds(value):
                raise UsageError(f"{name} must be {meaning}, but got {value!r}.")


def told_in_a_sentence(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """The same function, which reports an unknown keyword in one sentence."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def called(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            unknown = [name for name in kwargs if name not in signature.parameters]
            what = f"has no keyword {unknown[0]!r}" if unknown else f"got wrong arguments: {error}"
            end = question(unknown[0], signature.parameters) if unknown else "."
            raise UsageError(f"sweep.{function.__name__} {what}{end}") from None
        return function(*args, **kwargs)

    return called


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and not math.isnan(value)


def _whole(least: int, *, or_none: bool = True) -> _Rule:
    def holds(value: Any) -> bool:
        return (or_none and value is None) or (_is_whole(value) and value >= least)

    return holds, f"a whole number of at least {least}{', or None' if or_none else ''}"


def _positive(what: str) -> _Rule:
    return lambda value: value is None or (_is_number(value) and value > 0), f"{what}, or None"


def _of_optuna(method: str, kind: str) -> _Rule:
    def holds(value: Any) -> bool:
        return value is None or isinstance(value, str) or callable(getattr(value, method, None))

    return holds, f"an Optuna {kind}, the name of one, or None"


def _are_params(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(name, str) for name in value)


def _is_of(module: str, name: str) -> Callable[[Any], bool]:
    def holds(value: Any) -> bool:
        return value is None or (type(value).__module__, type(value).__name__) == (module, name)

    return holds


_TEXT: _Rule = (lambda value: value is None or isinstance(value, str), "a text, or None")
_SECONDS = _positive("a number of seconds above 0")
_RULES: dict[str, _Rule] = {
    "n_trials": (
        lambda value: value is None or _is_whole(value),
        "a whole number of at least 1, or None",
    ),
    "n_jobs": _whole(1),
    "seed": _whole(0),
    "name": _TEXT,
    "results": (lambda value: isinstance(value, str | os.PathLike), "a path or a URL"),
    "storage": _TEXT,
    "sampler": _of_optuna("sample_independent", "sampler"),
    "pruner": _of_optuna("prune", "pruner"),
    "extension": (
        _is_of("sweep.flow.extension", "Extension"),
        "an Extension(top, max_steps), or None",
    ),
    "confirmation": (
        _is_of("sweep.schedule.confirmation", "Confirmation"),
        "a sweep.Confirmation(top, seeds), or None",
    ),
    "target": (lambda value: value is None or _is_number(value), "a number, or None"),
    "retry": _TEXT,
    "retries": _whole(0, or_none=False),
    "inline": (lambda value: isinstance(value, bool), "True or False"),
    "address": _TEXT,
    "trial_timeout": _SECONDS,
    "stall_timeout": _SECONDS,
    "timeout": _SECONDS,
    "memory_limit": _positive("a number of bytes above 0"),
    "constraints": (are_texts, 'metrics with their bounds, as in {"latency": "<= 20"}'),
    "prefer": _TEXT,
    "begin_with": _TEXT,
    "fixed": (_are_params, "a dict of params by name"),
    "enqueue": (
        lambda value: (
            isinstance(value, Sequence)
            and not isinstance(value, str)
            and all(map(_are_params, value))
        ),
        "a list of dicts of params by name",
    ),
    "listener": (lambda value: value is None or callable(value), "a function of an event, or None"),
}
"""The condition for each value, and its description. Other keywords are checked where they are
used."""
