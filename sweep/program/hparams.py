"""`tf.contrib.training.HParams`, for programs that keep their params in one.

It behaves as TensorFlow 1.15 documents. One thing is missing: it is not made from an HParamDef and
does not make one.
"""

from __future__ import annotations

import json
import numbers
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

_ASSIGNMENT = re.compile(
    r"(?P<name>[a-zA-Z][\w.]*)\s*=\s*(?:\[(?P<list>[^\]]*)\]|(?P<scalar>[^,\[]*))(?:$|,\s*)"
)
_TRUE, _FALSE = ("true", "True"), ("false", "False")


class _Kind(NamedTuple):
    """What a hyperparameter can hold: one value of a type, or a list of them."""

    type: type[Any]
    is_list: bool


class HParams:
    """Hyperparameters as attributes. The first value of each sets its type."""

    def __init__(self, hparam_def: Any = None, model_structure: Any = None, **kwargs: Any) -> None:
        if hparam_def is not None:
            raise ValueError("HParams takes names and values here; an HParamDef is not supported.")
        self._hparam_types: dict[str, _Kind] = {}
        self._model_structure = model_structure
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name: str, value: Any) -> None:
        """Adds a hyperparameter: a value, or a list that is not empty."""
        if getattr(self, name, None) is not None:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        is_list = isinstance(value, list | tuple)
        if is_list and not value:
            raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
        self._hparam_types[name] = _Kind(type(value[0] if is_list else value), is_list)
        setattr(self, name, value)

    def set_hparam(self, name: str, value: Any) -> None:
        """Gives a hyperparameter another value of its type; KeyError if it does not exist."""
        kind = self._hparam_types[name]
        if isinstance(value, list) != kind.is_list:
            raise ValueError(
                f"Must pass a list for multi-valued parameter: {name}"
                if kind.is_list
                else f"Must not pass a list for single-valued parameter: {name}"
            )
        if kind.is_list:
            setattr(self, name, [_converted(name, kind.type, each) for each in value])
        else:
            setattr(self, name, _converted(name, kind.type, value))

    def del_hparam(self, name: str) -> None:
        """Removes a hyperparameter, if it exists."""
        if name in self._hparam_types:
            delattr(self, name)
            del self._hparam_types[name]

    def parse(self, values: str) -> Self:
        """Sets values from a text such as `rate=0.1,units=[64,32],name=relu`."""
        given = dict[str, Any]()
        for name, value in self._assignments(values):
            if name in given:
                raise ValueError(f"Multiple assignments to variable '{name}' in {values}")
            given[name] = value
        return self.override_from_dict(given)

    def override_from_dict(self, values_dict: Mapping[str, Any]) -> Self:
        """Sets values by name."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def set_model_structure(self, model_structure: Any) -> None:
        """Keeps what it is given."""
        self._model_structure = model_structure

    def get_model_structure(self) -> Any:
        """What `set_model_structure` was given."""
        return self._model_structure

    def to_json(
        self,
        indent: int | None = None,
        separators: tuple[str, str] | None = None,
        sort_keys: bool = False,
    ) -> str:
        """The hyperparameters as JSON, without callables."""
        return json.dumps(
            _without_callables(self.values()),
            indent=indent,
            separators=separators,
            sort_keys=sort_keys,
        )

    def parse_json(self, values_json: str) -> Self:
        """Sets values from a JSON object."""
        return self.override_from_dict(json.loads(values_json))

    def values(self) -> dict[str, Any]:
        """The hyperparameters by name."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key: str, default: Any = None) -> Any:
        """A hyperparameter's value, or a default of its type."""
        if key not in self._hparam_types:
            return default
        if default is not None:
            _require_kind(key, self._hparam_types[key], default)
        return getattr(self, key)

    def __contains__(self, key: str) -> bool:
        return key in self._hparam_types

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.values().items())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({sorted(self.values().items())})"

    def _assignments(self, text: str) -> Iterator[tuple[str, Any]]:
        """The name and the value of each assignment in a text."""
        position = 0
        while position < len(text):
            match = _ASSIGNMENT.match(text, position)
            if match is None:
                raise ValueError(f"Malformed hyperparameter value: {text[position:]}")
            position = match.end()
            yield match["name"], self._read(match, text)

    def _read(self, match: re.Match[str], text: str) -> Any:
        name = match["name"]
        if name not in self._hparam_types:
            raise ValueError(f"Unknown hyperparameter type for {name}")
        type_ = self._hparam_types[name].type
        read = _read_bool if type_ is bool else type_
        value = match["scalar"] if match["list"] is None else match["list"]
        try:
            if match["list"] is None:
                return read(value)
            return [read(word) for word in re.split("[ ,]", value) if word]
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"Could not parse hparam '{name}' of type '{type_.__name__}' with value '{value}' "
                f"in {text}"
            ) from error


def _converted(name: str, type_: type[Any], value: Any) -> Any:
    """The value in a hyperparameter's type; ValueError if that would change its meaning."""
    if type(value) is type_ or issubclass(type_, type(None)):
        return value
    if not _fits(type_, value):
        raise ValueError(f"Could not cast hparam '{name}' of type '{type_}' from value {value!r}")
    return type_(value)


def _fits(type_: type[Any], value: Any) -> bool:
    if issubclass(type_, bool) or isinstance(value, bool):
        return False  # the same types were returned above
    kinds: tuple[Any, ...] = ((str, bytes), numbers.Integral, numbers.Number)
    return all(isinstance(value, kind) for kind in kinds if issubclass(type_, kind))


def _require_kind(name: str, kind: _Kind, default: Any) -> None:
    if kind.is_list != isinstance(default, list):
        raise ValueError(f"Hparam '{name}' is incompatible with default={default!r}")
    for value in default if kind.is_list else [default]:
        _converted(name, kind.type, value)


def _read_bool(word: str) -> bool:
    if word in _TRUE + _FALSE:
        return word in _TRUE
    return bool(int(word))


def _without_callables(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_callables(each) for key, each in value.items() if not callable(each)}
    if isinstance(value, list | tuple):
        return [_without_callables(each) for each in value if not callable(each)]
    return value
