"""`parameters` of a study of Vertex AI, with conditional params and defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from optuna.distributions import CategoricalDistribution

from sweep.errors import StudyError
from sweep.program.space import Branch, Distribution, Flag
from sweep.program.tuning import terms
from sweep.program.tuning.fields import Field, Section
from sweep.search.space import admits

_NEAR = 1e-10
"""How close two discrete values must be for the service to treat them as the same."""


@dataclass(frozen=True)
class Default:
    """The assumed good value of a param, and the field that names it."""

    field: Field
    value: Any


@dataclass(frozen=True)
class Parameter:
    """A param, its default, and the params that exist only at some of its values."""

    flag: Flag
    default: Default | None
    branches: tuple[tuple[Branch, Parameter], ...]

    def defaults(self) -> Iterator[Default]:
        """Its default and those of all params that depend on it."""
        if self.default is not None:
            yield self.default
        for _, below in self.branches:
            yield from below.defaults()

    def at_defaults(self) -> Iterator[Parameter]:
        """The param, and the params that exist if all are at their defaults."""
        yield self
        for branch, below in self.branches:
            if self.default is not None and self.default.value in branch.values:
                yield from below.at_defaults()


def first_trial(parameters: Sequence[Parameter]) -> dict[str, Any] | None:
    """The default of every param, or None if one has none; records which are not tried."""
    there = [below for parameter in parameters for below in parameter.at_defaults()]
    lacking = [parameter.flag.name for parameter in there if parameter.default is None]
    tried = {parameter.flag.name: parameter.default for parameter in there if parameter.default}
    why = (
        f"it is not tried first, because {lacking[0]} has no defaultValue"
        if lacking
        else "it is not tried first, because its param does not exist at the others' defaults"
    )
    for default in (below for parameter in parameters for below in parameter.defaults()):
        if lacking or default not in tried.values():
            default.field.notice(why)
    return None if lacking else {name: default.value for name, default in tried.items()}


def read_parameter(whole: Field, above: tuple[str, ...] = ()) -> Parameter:
    """One item of `parameters`.

    Args:
        whole: the item.
        above: the names of the params that it depends on.

    Raises:
        StudyError: a field is missing or wrong.
    """
    param = whole.section()
    name = param.require("parameterId")
    if name.text() in above:  # a YAML alias can lead back to what contains it
        raise name.wrong("another name than those of the params that it depends on")
    kind, values = _value_spec(param)
    distribution, reverse_log = kind.read(param, values)
    default = _default(values, kind, distribution)
    values.close()
    branches = _branches(param, kind, distribution, (*above, name.text()))
    with name.blamed():
        flag = Flag(
            name.text(),
            distribution,
            reverse_log,
            tuple(branch for branch, _ in branches),
        )
    param.close()
    return Parameter(flag, default, branches)


@dataclass(frozen=True)
class _Kind:
    """One type of param.

    Args:
        read: reads its distribution and scale.
        value: reads one of its values.
        condition: the field that lists its values if another param depends on it.
    """

    read: Callable[[Section, Section], terms.Values]
    value: Callable[[Field], Any]
    condition: str | None = None


_KINDS = {
    "doubleValueSpec": _Kind(terms.double, Field.number),
    "integerValueSpec": _Kind(terms.integer, Field.whole_number, "parentIntValues"),
    "categoricalValueSpec": _Kind(
        lambda param, values: terms.categorical(param, values.require("values")),
        Field.text,
        "parentCategoricalValues",
    ),
    "discreteValueSpec": _Kind(
        lambda param, values: terms.discrete(param, values.require("values")),
        Field.number,
        "parentDiscreteValues",
    ),
}


def _value_spec(param: Section) -> tuple[_Kind, Section]:
    found = {name: field for name in _KINDS if (field := param.take(name)) is not None}
    if len(found) != 1:
        raise StudyError(
            f"{param.whole.place} has {' and '.join(found) or 'no values'}: give it one of "
            f"{', '.join(_KINDS)}."
        )
    ((name, field),) = found.items()
    return _KINDS[name], field.section()


def _default(values: Section, kind: _Kind, distribution: Distribution) -> Default | None:
    field = values.take("defaultValue")
    if field is None:
        return None
    value = kind.value(field)
    if isinstance(distribution, CategoricalDistribution) and not isinstance(value, str):
        value = _nearest(value, distribution.choices)
    if not admits(distribution, value):
        raise field.wrong("one of the values of its param")
    return Default(field, value)


def _branches(
    param: Section, kind: _Kind, distribution: Distribution, above: tuple[str, ...]
) -> tuple[tuple[Branch, Parameter], ...]:
    field = param.take("conditionalParameterSpecs")
    if field is None:
        return ()
    if kind.condition is None:
        raise StudyError(
            f"{field.place} depends on a doubleValueSpec, which has no values to list: let it "
            "depend on another param."
        )
    branches = []
    for item in field.items():
        conditional = item.section()
        condition = conditional.require(kind.condition).section()
        values = [kind.value(value) for value in condition.require("values").items()]
        if isinstance(distribution, CategoricalDistribution):
            values = [_same(value, distribution.choices) for value in values]
        below = read_parameter(conditional.require("parameterSpec"), above)
        branches.append((Branch(tuple(values), below.flag), below))
        condition.close()
        conditional.close()
    return tuple(branches)


def _same(value: Any, choices: Sequence[Any]) -> Any:
    """The choice that the service treats as the same as a value, or the value itself."""
    if isinstance(value, str):
        return value
    nearest = _nearest(value, choices)
    return nearest if abs(nearest - value) <= _NEAR else value


def _nearest(value: float, choices: Sequence[Any]) -> Any:
    return min(choices, key=lambda choice: abs(choice - value))
