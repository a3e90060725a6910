"""Python source laid out as a person would: values, calls and comments that linters accept."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence
from typing import Any

WIDTH = 88
"""The line length that ruff and black allow by default."""


def value(of: Any) -> str:
    """The source of a plain value, with the usual quotes and exponents."""
    if isinstance(of, str):
        return repr(of) if '"' in of else json.dumps(of, ensure_ascii=False)
    if isinstance(of, float):
        text = f"{of:e}" if 0 < abs(of) < 1e-3 else repr(of)
        return re.sub(r"\.?0*e([-+]?)0*", r"e\1", text)
    if isinstance(of, list | tuple):
        return f"[{', '.join(map(value, of))}]"
    return repr(of)


def entry(before: str, function: str, arguments: Sequence[Any], indent: int, **named: Any) -> str:
    """A call, on one line if it fits and on several if not.

    Args:
        before: the text in front of the call on its line.
        function: the function that is called.
        arguments: plain values.
        indent: how many spaces the line is indented by.
        named: keyword arguments, also plain values.
    """
    parts = [value(each) for each in arguments]
    parts += [f"{name}={value(each)}" for name, each in named.items()]
    line = f"{' ' * indent}{before}{function}({', '.join(parts)}),"
    if len(line) <= WIDTH:
        return line
    inner = "\n".join(_item(each, indent + 4) for each in arguments)
    rest = "".join(f"\n{' ' * (indent + 4)}{name}={value(each)}," for name, each in named.items())
    return f"{' ' * indent}{before}{function}(\n{inner}{rest}\n{' ' * indent}),"


def _item(of: Any, indent: int) -> str:
    line = f"{' ' * indent}{value(of)},"
    if len(line) <= WIDTH or not isinstance(of, list | tuple):
        return line
    items = "\n".join(f"{' ' * (indent + 4)}{value(each)}," for each in of)
    return f"{' ' * indent}[\n{items}\n{' ' * indent}],"


def comment(text: str, room: int) -> str:
    """A comment on one line, cut to the room that there is."""
    plain = " ".join(text.split())
    return f"# {textwrap.shorten(plain, room - 2, placeholder=' …')}" if plain else ""


def remarked(line: str, text: str, indent: int = 0) -> str:
    """A line with a comment behind it, if both fit once the line is indented."""
    room = WIDTH - indent - len(line) - 2
    return f"{line}  {comment(text, room)}" if text and room > 12 else line
