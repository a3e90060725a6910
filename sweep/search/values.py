"""Makes what a search space asks a trial for fit for a database: choices and bounds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import optuna


class UnsuitableError(ValueError):
    """A search space asks for something that cannot be suggested; the text follows its name."""


def own_value(value: Any) -> Any:
    """A number, text or truth value of NumPy as Python's, a tuple as text; all else unchanged.

    A database would return a tuple as a list, which is a different choice to Optuna.
    """
    if isinstance(value, tuple):
        return repr(tuple(map(_element, value)))
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


def own_values(params: Mapping[str, Any]) -> dict[str, Any]:
    """The params with Python's own values."""
    return {name: own_value(value) for name, value in params.items()}


@contextmanager
def own_suggestions(trial: optuna.trial.BaseTrial) -> Iterator[None]:
    """Makes the trial suggest, within the block, only what a database can hold.

    A choice that is a tuple is suggested, and recorded, as its text; the search space gets the
    tuple. What cannot be suggested raises an UnsuitableError in the search space.
    """
    suggest_categorical = trial.suggest_categorical

    def categorical(name: str, choices: Iterable[Any]) -> Any:
        by_own = {}
        own = []
        for choice in choices:
            own.append(_storable(name, choice))
            if isinstance(choice, tuple):
                by_own[own[-1]] = choice
        suggested = suggest_categorical(name, own)
        return by_own.get(suggested, suggested) if isinstance(suggested, str) else suggested

    own = {
        "suggest_categorical": categorical,
        "suggest_float": _with_numbers(trial.suggest_float),
        "suggest_int": _with_numbers(trial.suggest_int),
    }
    vars(trial).update(own)
    try:
        yield
    finally:
        for name in own:
            del vars(trial)[name]


def _with_numbers(suggest: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, with an error that names the param if its bounds are not numbers."""

    def suggest_number(name: str, low: Any, high: Any, **others: Any) -> Any:
        try:
            return suggest(name, low, high, **others)
        except (TypeError, ValueError, OverflowError) as error:
            if not all(map(_is_number, (low, high))):
                raise UnsuitableError(
                    f"has the bounds {low!r} and {high!r} for {name!r}, which must both be numbers"
                ) from error
            why = str(error).rstrip(".")
            raise UnsuitableError(
                f"cannot suggest {name!r} from {low!r} to {high!r}: {why}"
            ) from error

    return suggest_number


def _is_number(value: Any) -> bool:
    own = own_value(value)
    return isinstance(own, int | float) and not isinstance(own, bool) and abs(own) < float("inf")


def _element(value: Any) -> Any:
    return tuple(map(_element, value)) if isinstance(value, tuple) else own_value(value)


def _storable(name: str, choice: Any) -> Any:
    own = own_value(choice)
    try:
        json.dumps(_element(choice) if isinstance(choice, tuple) else own)
    except (TypeError, ValueError) as error:
        raise UnsuitableError(
            f"has the choice {choice!r} for {name!r}, which a database cannot hold: choose among "
            "numbers, strings, tuples of these, True, False and None, and look up with them what a "
            "trial needs"
        ) from error
    return own
