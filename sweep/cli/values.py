"""Params as they are typed on the command line: name=value[,name=value…]."""

from __future__ import annotations

import json
from typing import Any

import click


class Params(click.ParamType[dict[str, Any]]):
    """Turns `learning_rate=0.01,optimizer=adam` into a dict of numbers, booleans and strings."""

    name = "name=value,…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        pairs = [item.partition("=") for item in value.split(",")]
        for name, equals, _ in pairs:
            if not (name and equals):
                self.fail(
                    f"{value!r} must be name=value, or several with commas between.", param, ctx
                )
        return {name: _parse(text) for name, _, text in pairs}


def _parse(text: str) -> Any:
    """A number, true, false or null as JSON has them; anything else is a string."""
    try:
        return json.loads(text)
    except ValueError:
        return text
