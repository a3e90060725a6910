"""The values that options accept, and the sentence for all others."""

from __future__ import annotations

from typing import Any

import click
import pytest

from sweep.cli.options.values import Duration, Names, Numbers, Params, Size


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Params(), "rate=0.01, layers=2", {"rate": 0.01, "layers": 2}),
        (Params(), "kind=relu,bias=true,drop=None", {"kind": "relu", "bias": True, "drop": None}),
        (Params(), "units=(8, 4),rate=0.1", {"units": (8, 4), "rate": 0.1}),
        (Params(), "rate=0.1,units=((1, 2), 'same')", {"rate": 0.1, "units": ((1, 2), "same")}),
        (Params(), "units=[64,32],kind=(odd", {"units": [64, 32], "kind": "(odd"}),
        (Names(), "rate, dropout", ("rate", "dropout")),
        (Numbers(), "7,3,7", [7, 3]),
        (Duration(), "90", 90),
        (Duration(), "1.5h", 5400),
        (Size(), "2G", 2**31),
    ],
)
def test_what_is_typed_becomes_a_value(kind: click.ParamType[Any], text: str, value: Any) -> None:
    assert kind.convert(text, None, None) == value


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (Params(), "rate", "'rate' must be name=value, or several separated by commas."),
        (Names(), "rate,", "'rate,' must be names of params, separated by commas."),
        (Numbers(), "3,x", "'3,x' must be numbers of trials, separated by commas."),
        (Duration(), "0s", "'0s' must be a number above 0 with one of the units s, m, h, d."),
        (Size(), "2T", "'2T' must be a number above 0 with one of the units K, M, G."),
    ],
)
def test_what_cannot_be_one_is_refused(
    kind: click.ParamType[Any], text: str, sentence: str
) -> None:
    with pytest.raises(click.BadParameter) as raised:
        kind.convert(text, None, None)
    assert raised.value.message == sentence
