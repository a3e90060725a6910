"""Reads the flags that a program declares to argparse, absl or tf.app.flags, without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sweep.program.names import chain_of
from sweep.program.sources import Source, Sources

_DEFINE = "DEFINE_"
_SWITCHES = {"store_true", "store_false", "store_const", "append_const", "count", "help", "version"}
_BOTH_WAYS = "BooleanOptionalAction"
_TYPES: dict[str, type] = {
    **{"int": int, "integer": int, "float": float, "str": str, "string": str},
    **{"bool": bool, "boolean": bool, "enum": str},
    **{"multi_integer": int, "multi_float": float},
}
_ONE_WORD = {None, 1, "?"}
_REQUIRING = {"mark_flag_as_required", "mark_flags_as_required"}


@dataclass(frozen=True)
class DeclaredFlag:
    """A flag, or a positional argument."""

    spellings: tuple[str, ...]
    """The spellings that can be typed, with hyphens; for a positional argument, its name."""
    type: type | None = None
    """int, float, bool or str; None if unknown."""
    default: Any = None
    """None also if the program computes it."""
    computed: str = ""
    """The source of the expression that computes its default, if there is one."""
    choices: tuple[Any, ...] = ()
    help: str = ""
    is_required: bool = False
    is_switch: bool = False
    """Whether it takes no value."""
    typed_off: str | None = None
    """What to type to switch it off, if that is possible."""
    takes_several: bool = False
    """Whether several words can follow it."""

    @property
    def name(self) -> str:
        """The name of its param: its first long spelling, without the hyphens."""
        long = (text for text in self.spellings if text.startswith("--"))
        return next(long, self.spellings[0]).lstrip("-")

    @property
    def typed_default(self) -> str:
        """Its default as it would be typed; "" if there is none or it is unknown."""
        if isinstance(self.default, list | tuple):
            return (" " if self.takes_several else ",").join(map(str, self.default))
        return "" if self.default is None else str(self.default)

    @property
    def is_named(self) -> bool:
        """Whether it is typed by its name rather than by its position."""
        return self.spellings[0].startswith("-")


def declared_flags(sources: Sources) -> tuple[DeclaredFlag, ...]:
    """The flags of all files of a program, each name once, in the order of the files."""
    found: dict[str, DeclaredFlag] = {}
    required = set[str]()
    for source in sources.files:
        for flag in _Reader(source).flags():
            found.setdefault(flag.name, flag)
        required |= set(_marked_as_required(source))
    return tuple(
        replace(flag, is_required=True) if flag.name in required else flag
        for flag in found.values()
    )


class _Reader:
    def __init__(self, source: Source) -> None:
        self._tree = source.tree
        self._constants = dict(_constants_of(source.tree))

    def flags(self) -> Iterator[DeclaredFlag]:
        for call in _calls_in(self._tree):
            name = _called(call)
            if name == "add_argument":
                yield from self._of_argparse(call)
            elif name.startswith(_DEFINE):
                yield from self._of_absl(call, name.removeprefix(_DEFINE))

    def _of_argparse(self, call: ast.Call) -> Iterator[DeclaredFlag]:
        given = _keywords(call)
        spellings = tuple(text for text in map(self._value, call.args) if isinstance(text, str))
        action, n_words = self._value(given.get("action")), self._value(given.get("nargs"))
        if not spellings or action in ("help", "version"):
            return
        default, computed = self._default(given.get("default"))
        by_place = not spellings[0].startswith("-")
        is_two_way = _last_name(given.get("action")) == _BOTH_WAYS
        yield DeclaredFlag(
            spellings,
            self._argparse_type(given.get("type")),
            default,
            computed,
            self._choices(given.get("choices")),
            self._text(given.get("help")),
            is_required=self._value(given.get("required")) is True
            or (by_place and n_words not in ("?", "*") and "default" not in given),
            is_switch=action in _SWITCHES or is_two_way,
            typed_off=f"--no-{spellings[0].removeprefix('--')}" if is_two_way else None,
            takes_several=n_words not in _ONE_WORD,
        )

    def _of_absl(self, call: ast.Call, kind: str) -> Iterator[DeclaredFlag]:
        """A call of `DEFINE_…(name, default, [enum_values,] help)`."""
        names = ["name", "default", *(["enum_values"] if kind == "enum" else []), "help"]
        given = {**dict(zip(names, call.args, strict=False)), **_keywords(call)}
        name = self._text(given.get("name") or given.get("flag_name"))
        if not name:
            return
        default, computed = self._default(given.get("default", given.get("default_value")))
        if isinstance(default, list | tuple) and kind.startswith("multi_"):
            default, computed = None, str(default)  # the flag is typed once for each value
        yield DeclaredFlag(
            (f"--{name}",),
            _TYPES.get(kind),
            default,
            computed,
            self._choices(given.get("enum_values")),
            self._text(given.get("help") or given.get("docstring")),
            is_required=self._value(given.get("required")) is True,
        )

    def _argparse_type(self, node: ast.expr | None) -> type | None:
        """The type of its value. `type=bool` is none, because it takes "False" as true."""
        name = _last_name(node)
        return _TYPES.get(name or self._text(node)) if name != "bool" else None

    def _default(self, node: ast.expr | None) -> tuple[Any, str]:
        """A default, or the expression that computes it."""
        if node is None:
            return None, ""
        value = self._value(node)
        is_none = isinstance(node, ast.Constant) and node.value is None
        return value, "" if is_none or value is not None else ast.unparse(node)

    def _choices(self, node: ast.expr | None) -> tuple[Any, ...]:
        value = self._value(node)
        return tuple(value) if isinstance(value, list | tuple) else ()

    def _text(self, node: ast.expr | None) -> str:
        value = self._value(node)
        return value if isinstance(value, str) else ""

    def _value(self, node: ast.expr | None) -> Any:
        """The value of an expression if it can be known; None otherwise."""
        if isinstance(node, ast.Name):
            return self._constants.get(node.id)
        try:
            return None if node is None else ast.literal_eval(node)
        except (ValueError, TypeError):
            return None


def _constants_of(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    """The names that a module assigns plain values to, with the values."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                yield node.targets[0].id, ast.literal_eval(node.value)
            except (ValueError, TypeError):
                continue


def _marked_as_required(source: Source) -> Iterator[str]:
    for call in _calls_in(source.tree):
        if _called(call) in _REQUIRING:
            nodes = (node for argument in call.args for node in ast.walk(argument))
            texts = (node.value for node in nodes if isinstance(node, ast.Constant))
            yield from (text for text in texts if isinstance(text, str))


def _calls_in(tree: ast.AST) -> Iterator[ast.Call]:
    """All calls, in the order of the source."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return iter(sorted(calls, key=lambda call: (call.lineno, call.col_offset)))


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}


def _last_name(node: ast.expr | None) -> str:
    return "" if node is None else (chain_of(node) or ("",))[-1]
