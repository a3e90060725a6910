"""Params as a database can hold them: values of Python's own, not NumPy's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sweep.errors import StudyError

if TYPE_CHECKING:
    import optuna


def own_value(value: Any) -> Any:
    """A number, text or truth value of NumPy as Python's; anything else as it is."""
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


def own_values(params: Mapping[str, Any]) -> dict[str, Any]:
    """Params with values of Python's own."""
    return {name: own_value(value) for name, value in params.items()}


@contextmanager
def own_choices(trial: optuna.trial.BaseTrial, place: str) -> Iterator[None]:
    """Has the trial suggest choices of Python's own for the block.

    Args:
        trial: the trial.
        place: where its search space is defined, for the message.

    Raises:
        StudyError: the search space gives a choice that no database can hold.
    """
    suggest_categorical = trial.suggest_categorical

    def suggest(name: str, choices: Iterable[Any]) -> Any:
        return suggest_categorical(name, [_storable(name, c, place) for c in choices])

    vars(trial)["suggest_categorical"] = suggest
    try:
        yield
    finally:
        del vars(trial)["suggest_categorical"]


def _storable(name: str, choice: Any, place: str) -> Any:
    own = own_value(choice)
    try:
        json.dumps(own)
    except (TypeError, ValueError) as error:
        raise StudyError(
            f"{place}: `search_space` has the choice {choice!r} for {name!r}, which a database "
            "cannot hold: let it choose among numbers, texts, True, False and None, and look up "
            "by them what a trial needs."
        ) from error
    return own
