"""Exceptions in one line, with the names that exist instead of the missing one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep.location import short
from sweep.trial.explanation import in_one_line, with_place

PARAMS = {"learning_rate": 0.1, "units": 8}


def of_params() -> Any:
    return PARAMS["unit"]


def in_a_lambda() -> Any:
    params = dict(PARAMS)
    return (lambda: [params["lr"], params["units"]])()


def of_what_has_no_name() -> Any:
    return json.loads("{}")["units"]


def of_no_text() -> Any:
    numbers = {1: "one"}
    return numbers[2]


def of_many() -> Any:
    layers = {f"layer_{i}": i for i in range(22)}
    return layers["head"]


@pytest.mark.parametrize(
    ("fail", "line"),
    [
        (of_params, "KeyError: 'unit'; PARAMS has learning_rate, units: did you mean units?"),
        (in_a_lambda, "KeyError: 'lr'; params has learning_rate, units"),
        (of_what_has_no_name, "KeyError: 'units'"),
        (of_no_text, "KeyError: 2"),
        (
            of_many,
            f"KeyError: 'head'; layers has {', '.join(f'layer_{i}' for i in range(20))} and 2 more",
        ),
    ],
)
def test_a_key_that_a_dict_lacks_is_told_with_those_that_it_has(
    fail: Callable[[], Any], line: str
) -> None:
    with pytest.raises(KeyError) as raised:
        fail()
    assert in_one_line(raised.value) == line


def test_an_error_within_a_library_has_the_line_that_called_it() -> None:
    with pytest.raises(ValueError, match="Expecting value") as raised:
        json.loads("nothing")
    place = f"{short(Path(__file__))}, line {raised.traceback[0].lineno + 1}"
    said = "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"
    assert with_place(raised.value) == f"{said} ({place})"
