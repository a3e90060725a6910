"""The fields of a tuning file. Each knows its line and its path, for messages."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import yaml

from sweep import location
from sweep.errors import StudyError, UsageError
from sweep.program.numerals import number

T = TypeVar("T")

_MERGE, _NULL = "tag:yaml.org,2002:merge", "tag:yaml.org,2002:null"
_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_WIDTH, _DEPTH = 80, 3


def read_fields(file: Path) -> Field:
    """The complete content of a YAML or JSON file.

    Raises:
        StudyError: the file cannot be read, or is neither.
    """
    shown = str(location.short(file))
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StudyError(f"There is no tuning file {shown}.") from None
    except OSError as error:
        raise StudyError(f"The tuning file {shown} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise StudyError(
            f"The tuning file {shown} is not text in UTF-8: save it as UTF-8."
        ) from None
    if file.suffix == ".json":
        text = text.replace("\t", " ")  # JSON allows tabs between its tokens, YAML does not
    try:
        # The tree of nodes, without constructing values: a choice such as `on` or 1e-3 is needed
        # as it is written.
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise StudyError(_not_yaml(shown, error)) from None
    except RecursionError:
        raise StudyError(
            f"The tuning file {shown} nests lists or mappings too deeply to be read."
        ) from None
    if node is None:
        raise StudyError(f"The tuning file {shown} is empty.")
    return Field(node, "", shown, node.start_mark.line + 1)


def _not_yaml(shown: str, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = "" if mark is None else f", line {mark.line + 1}"
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"The tuning file {shown}{line} is neither YAML nor JSON: {problem}."


@dataclass(frozen=True)
class Field:
    """One value in the file.

    Args:
        node: the value's node in the file.
        path: the keys that lead to it, as the file spells them.
        file: the file's name for messages.
        line: the line where it is given, even if an alias takes the value from elsewhere.
        notices: sentences so far about fields of this file that are not followed.
    """

    node: yaml.Node
    path: str
    file: str
    line: int
    notices: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        place = f"{self.file}, line {self.line}"
        return f"{place}: {self.path}" if self.path else place

    @property
    def written(self) -> str:
        """What the file says there, shortened."""
        return textwrap.shorten(_written(self.node, _DEPTH), _WIDTH, placeholder=" …")

    @property
    def _scalar(self) -> str:
        return str(self.node.value) if isinstance(self.node, yaml.ScalarNode) else ""

    def wrong(self, meaning: str) -> StudyError:
        """An error that says what the value must be."""
        return StudyError(f"{self.place} is {self.written}, but must be {meaning}.")

    def notice(self, instead: str) -> None:
        """Records that the field is not followed, and what happens instead."""
        self.notices.append(f"{self.place} is {self.written}: {instead}.")

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Makes a UsageError in the block name this field."""
        try:
            yield
        except UsageError as error:
            raise StudyError(f"{self.place}: {error}") from None

    def text(self) -> str:
        """A text, a number or a truth value, exactly as written."""
        if not self._scalar:
            raise self.wrong("a text")
        return self._scalar

    def number(self) -> int | float:
        """A number, which may be written as a string."""
        value = number(self._scalar)
        if value is None:
            raise self.wrong("a number")
        return value

    def whole_number(self, least: int | None = None) -> int:
        """A whole number, which may be written as 10.0 or as a string."""
        value = number(self._scalar)
        if value is None or value != int(value) or (least is not None and value < least):
            raise self.wrong(
                "a whole number" if least is None else f"a whole number of at least {least}"
            )
        return int(value)

    def truth(self) -> bool:
        """True or false."""
        if (value := _TRUTHS.get(self._scalar.lower())) is None:
            raise self.wrong("true or false")
        return value

    def one_of(self, meanings: Mapping[str, T]) -> T:
        """The meaning of the word in the file."""
        if (word := self._scalar) not in meanings:
            raise self.wrong(f"one of {', '.join(meanings)}")
        return meanings[word]

    def items(self) -> list[Field]:
        """The items of a list that is not empty."""
        if not isinstance(self.node, yaml.SequenceNode) or not self.node.value:
            raise self.wrong("a list that is not empty")
        return [
            replace(self, node=node, path=f"{self.path}[{i}]", line=node.start_mark.line + 1)
            for i, node in enumerate(self.node.value)
        ]

    def section(self) -> Section:
        """The fields of the mapping."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong("a mapping of names to values")
        fields: dict[str, Field] = {}
        for key, value in self.node.value:
            path = f"{self.path}.{key.value}" if self.path else str(key.value)
            found = replace(self, node=value, path=path, line=key.start_mark.line + 1)
            if key.tag == _MERGE:
                raise StudyError(
                    f"{found.place} merges fields from elsewhere, which sweep does not read: "
                    "write them out."
                )
            if (name := _camel_case(str(key.value))) in fields:
                raise StudyError(f"{found.place} is given twice: leave one out.")
            fields[name] = found
        return Section(self, fields)


class Section:
    """The fields of a mapping. Each is taken once; fields that are never taken are reported.

    The names are those of the services' own pages, in camel case. The file may use snake case,
    as the services' clients do.
    """

    def __init__(self, whole: Field, fields: dict[str, Field]) -> None:
        self.whole = whole
        # Both services treat a null as a field that is left out.
        self._fields = {name: found for name, found in fields.items() if found.node.tag != _NULL}

    @property
    def names(self) -> list[str]:
        """The fields that have not been taken yet."""
        return list(self._fields)

    def take(self, name: str) -> Field | None:
        """An optional field."""
        return self._fields.pop(name, None)

    def require(self, name: str) -> Field:
        """A required field."""
        if (found := self.take(name)) is None:
            raise StudyError(f"{self.whole.place} has no field {name}: add it.")
        return found

    def pass_over(self, *names: str) -> None:
        """Skips fields that do not concern a sweep."""
        for name in names:
            self.take(name)

    def close(self) -> None:
        """Reports all fields that were not taken."""
        for found in self._fields.values():
            found.notice("it has no meaning for a sweep and is ignored")


def _camel_case(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def _written(node: yaml.Node, depth: int) -> str:
    if isinstance(node, yaml.ScalarNode):
        is_text = node.tag == yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG
        return repr(node.value) if is_text else str(node.value or "null")
    if not depth:
        return "…"
    if isinstance(node, yaml.SequenceNode):
        return f"[{', '.join(_written(item, depth - 1) for item in node.value)}]"
    pairs = [f"{key.value}: {_written(value, depth - 1)}" for key, value in node.value]
    return f"{{{', '.join(pairs)}}}"
