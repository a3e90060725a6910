"""Values on the command line: params as name=value, numbers of trials, times, sizes."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import click

from sweep.errors import StudyError
from sweep.study.cluster import Cluster

_CONSTANTS = {"None": None, "True": True, "False": False}
_COMMA = re.compile(r",(?![^(\[]*[)\]])")
"""A comma outside of brackets."""


class Params(click.ParamType[dict[str, Any]]):
    """Turns `learning_rate=0.01,optimizer=adam` into a dict of numbers, booleans and strings."""

    name = "name=value,…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        pairs = [item.partition("=") for item in _COMMA.split(value)]
        for name, equals, _ in pairs:
            if not (name and equals):
                self.fail(
                    f"{value!r} must be name=value, or several separated by commas.", param, ctx
                )
        return {name.strip(): _parse(text.strip()) for name, _, text in pairs}


class Names(click.ParamType[tuple[str, ...]]):
    """Turns `learning_rate,dropout` into the names of params."""

    name = "name,…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in value.split(","))
        if not all(names):
            self.fail(f"{value!r} must be names of params, separated by commas.", param, ctx)
        return names


class Numbers(click.ParamType[list[int]]):
    """Turns `3,7` into the numbers of trials."""

    name = "3,7,…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[int]:
        if isinstance(value, list):
            return value
        numbers = [number.strip() for number in value.split(",")]
        if not all(number.isdecimal() for number in numbers):
            self.fail(f"{value!r} must be numbers of trials, separated by commas.", param, ctx)
        return list(dict.fromkeys(map(int, numbers)))


class Tasks(click.ParamType[Cluster]):
    """Turns `chief=1,worker=2,ps=1,evaluator=1` into a cluster."""

    name = "chief=1,worker=N,…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Cluster:
        try:
            return value if isinstance(value, Cluster) else Cluster.parse(value)
        except StudyError as error:
            self.fail(str(error), param, ctx)


class Duration(click.ParamType[float]):
    """Turns `90s`, `10m` or `2h` into seconds; a number without a unit is in seconds."""

    name = "90s|10m|2h"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        return _scaled(self, value, {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}, param, ctx)


class Size(click.ParamType[int]):
    """Turns `500M` or `2G` into bytes, in powers of 1024."""

    name = "500M|2G"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        units = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}
        return int(_scaled(self, value, units, param, ctx))


def _scaled(
    kind: click.ParamType[Any],
    value: Any,
    units: Mapping[str, int],
    param: click.Parameter | None,
    ctx: click.Context | None,
) -> float:
    if isinstance(value, int | float):
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]?)", value)
    if match is None or match[2] not in units or float(match[1]) == 0:
        there = ", ".join(unit for unit in units if unit)
        kind.fail(f"{value!r} must be a number above 0 with one of the units {there}.", param, ctx)
    return float(match[1]) * units[match[2]]


def _parse(text: str) -> Any:
    """A number, a list or a constant in the syntax of JSON or Python, or a tuple; else a string."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text.startswith("("):
        with suppress(ValueError, SyntaxError):
            return ast.literal_eval(text)
    try:
        return json.loads(text)
    except ValueError:
        return text
