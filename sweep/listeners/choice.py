"""A listener from its name and options on the command line."""

from __future__ import annotations

import inspect

from sweep.errors import UsageError
from sweep.listeners.run_per_trial import RunPerTrial
from sweep.listeners.to_mlflow import MLflowListener
from sweep.listeners.to_wandb import WandbListener
from sweep.wording import question

LISTENERS: dict[str, type[RunPerTrial]] = {"mlflow": MLflowListener, "wandb": WandbListener}


def make_listener(text: str) -> RunPerTrial:
    """The listener for a text such as `mlflow` or `wandb:project=digits,mode=offline`.

    Raises:
        UsageError: there is no such listener or option, or its package is not installed.
    """
    name, _, rest = text.partition(":")
    if name not in LISTENERS:
        raise UsageError(
            f"There is no listener {name!r}; there are {', '.join(LISTENERS)}"
            f"{question(name, LISTENERS)}"
        )
    kind = LISTENERS[name]
    known = list(inspect.signature(kind).parameters)
    options = {}
    for pair in filter(None, rest.split(",")):
        option, is_given, value = pair.partition("=")
        if option not in known or not is_given:
            raise UsageError(
                f"The listener {name} has no option {pair!r}: its options are "
                f"{', '.join(f'{each}=…' for each in known)}{question(option, known)}"
            )
        options[option] = value
    return kind(**options)
