"""HParams behave like those of tf.contrib.training."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sweep.program.hparams import HParams


def make() -> Any:
    return HParams(rate=0.1, units=[64, 32], name="relu", steps=100, bias=True, seed=None)


def test_hyperparameters_are_attributes() -> None:
    hparams = make()
    hparams.steps += 1

    assert (hparams.rate, hparams.units, hparams.steps) == (0.1, [64, 32], 101)
    assert hparams.values() == {
        "rate": 0.1,
        "units": [64, 32],
        "name": "relu",
        "steps": 101,
        "bias": True,
        "seed": None,
    }
    assert "rate" in hparams
    assert "values" not in hparams
    with pytest.raises(AttributeError):
        _ = hparams.momentum


def test_a_copy_is_independent() -> None:
    hparams = make()
    copied = copy.deepcopy(hparams)
    copied.units.append(16)

    assert hparams.units == [64, 32]
    assert copied.set_hparam("steps", 7) is None
    assert (hparams.steps, copied.steps) == (100, 7)


def test_they_are_shown_as_they_are_parsed() -> None:
    hparams = HParams(units=[64, 32], rate=0.1)

    assert str(hparams) == "units=[64, 32],rate=0.1"
    assert repr(hparams) == "HParams([('rate', 0.1), ('units', [64, 32])])"
    assert str(HParams(units=[1], rate=1.0).parse(str(hparams))) == str(hparams)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("rate=1e-3", {"rate": 0.001}),
        ("rate=1", {"rate": 1.0}),
        ("rate = 0.5, steps=-3,", {"rate": 0.5, "steps": -3}),
        ("units=[8],name=tanh", {"units": [8], "name": "tanh"}),
        ("units=[8, 4 2]", {"units": [8, 4, 2]}),
        ("bias=false", {"bias": False}),
        ("bias=0", {"bias": False}),
        ("name=gs://bucket/a=b", {"name": "gs://bucket/a=b"}),
    ],
)
def test_values_are_parsed_by_their_types(text: str, values: dict[str, Any]) -> None:
    hparams = make()

    assert hparams.parse(text) is hparams
    assert hparams.values() == {**make().values(), **values}
    assert all(type(hparams.get(name)) is type(value) for name, value in values.items())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rate", "Malformed hyperparameter value: rate"),
        ("units[1]=3", "Malformed hyperparameter value: units[1]=3"),
        ("momentum=0.9", "Unknown hyperparameter type for momentum"),
        (
            "steps=0.5",
            "Could not parse hparam 'steps' of type 'int' with value '0.5' in steps=0.5",
        ),
        (
            "bias=yes",
            "Could not parse hparam 'bias' of type 'bool' with value 'yes' in bias=yes",
        ),
        (
            "seed=3",
            "Could not parse hparam 'seed' of type 'NoneType' with value '3' in seed=3",
        ),
        ("rate=1,rate=2", "Multiple assignments to variable 'rate' in rate=1,rate=2"),
        ("rate=[1]", "Must not pass a list for single-valued parameter: rate"),
        ("units=1", "Must pass a list for multi-valued parameter: units"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, message: str) -> None:
    hparams = make()

    with pytest.raises(ValueError) as refused:  # noqa: PT011
        hparams.parse(text)

    assert str(refused.value) == message
    assert hparams.values() == make().values()


def test_values_keep_their_types() -> None:
    hparams = make()
    hparams.set_hparam("rate", 1)
    hparams.set_hparam("seed", 3)

    assert type(hparams.rate) is float
    assert hparams.seed == 3
    for name, value in [("steps", 0.5), ("steps", True), ("bias", 1), ("name", 3), ("rate", "1")]:
        with pytest.raises(ValueError, match=f"Could not cast hparam '{name}' of type"):
            hparams.set_hparam(name, value)


def test_one_that_is_not_there_cannot_be_set() -> None:
    changes: list[Callable[[], Any]] = [
        lambda: make().set_hparam("momentum", 0.9),
        lambda: make().override_from_dict({"momentum": 0.9}),
        lambda: make().parse_json('{"momentum": 0.9}'),
    ]
    for change in changes:
        with pytest.raises(KeyError, match="momentum"):
            change()


def test_they_are_added_and_removed() -> None:
    hparams = make()
    hparams.add_hparam("momentum", 0.9)
    hparams.del_hparam("rate")
    hparams.del_hparam("rate")

    assert hparams.get("momentum") == 0.9
    assert "rate" not in hparams
    assert not hasattr(hparams, "rate")
    hparams.add_hparam("rate", 1)
    assert hparams.rate == 1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("rate", 1.0, "Hyperparameter name is reserved: rate"),
        ("values", 1.0, "Hyperparameter name is reserved: values"),
        ("layers", [], "Multi-valued hyperparameters cannot be empty: layers"),
    ],
)
def test_what_cannot_be_added_is_refused(name: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        make().add_hparam(name, value)

    assert str(refused.value) == message


def test_a_default_has_the_type_of_the_value_that_there_is() -> None:
    hparams = make()

    assert hparams.get("momentum", "none") == "none"
    assert hparams.get("rate", 1) == 0.1
    assert hparams.get("units", [1]) == [64, 32]
    for name, default in [("units", 1), ("rate", [1.0])]:
        with pytest.raises(ValueError, match=f"Hparam '{name}' is incompatible with default="):
            hparams.get(name, default)


def test_json_holds_what_can_be_written() -> None:
    hparams = HParams(rate=0.1, units=[64, 32], optimizer=print)

    assert hparams.to_json() == '{"rate": 0.1, "units": [64, 32]}'
    assert hparams.to_json(indent=0, separators=(",", ":"), sort_keys=True) == (
        '{\n"rate":0.1,\n"units":[\n64,\n32\n]\n}'
    )
    assert hparams.parse_json('{"rate": 1, "units": [8]}').values() == {
        "rate": 1.0,
        "units": [8],
        "optimizer": print,
    }


def test_a_model_structure_is_kept() -> None:
    hparams: Any = HParams(model_structure="crosses")
    assert hparams.get_model_structure() == "crosses"
    hparams.set_model_structure(None)
    assert hparams.get_model_structure() is None


def test_a_protocol_buffer_is_refused() -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        HParams(hparam_def=b"")

    assert (
        str(refused.value) == "HParams takes names and values here; an HParamDef is not supported."
    )
