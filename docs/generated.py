"""The parts of pages that the program itself knows: its commands, and the private names it uses."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator

import click

from sweep import private
from sweep.cli import main
from sweep.cli.options.groups import grouped_options
from sweep.private_names import NAMES, Name

_CODE = re.compile(r"(`[^`]*`)")
_TYPED = re.compile(
    r"(?<![\w-])(--(?:[a-z][a-z0-9-]*)?(?![\w-])|\{\w+\})"  # --option, -- and {param}
    r"|(?<![\w/])([a-z]+_\w+(?:=[\w.,=]*\w)?)"  # names_like_this=0.1
)
_SPECIAL = re.compile(r"([\\*_<>\[\]|{}#])")


def commands() -> str:
    """Markdown of every command, with its help and its options in the groups of `--help`."""
    return "\n".join(
        line for name, command in main.commands.items() for line in _command(name, command)
    )


def private_names() -> str:
    """Markdown of the private names of each package, what each is used for, and by which module."""
    purposes: dict[str, dict[Name, list[str]]] = {package: {} for package in private.PACKAGES}
    for user, names in NAMES.items():
        for name in names:
            package = re.split(r"[.:]", name.path)[0]
            purposes[package].setdefault(name, []).append(user)
    lines: list[str] = []
    for package, (title, requirement, _) in private.PACKAGES.items():
        lines += [f"## {title}", "", f"`{requirement}`", ""]
        for name, users in sorted(purposes[package].items()):
            by = ", ".join(f"`{user}`" for user in users)
            lines += [f"`{name}`", f": {_escaped(name.purpose)} (by {by})", ""]
    return "\n".join(lines)


PAGES: dict[str, Callable[[], str]] = {"commands": commands, "private names": private_names}
"""What a page's comment `<!-- generated: NAME -->` stands for."""


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"sweep {name}")
    usage = " ".join([f"sweep {name}", *command.collect_usage_pieces(context)])
    yield from (f"## sweep {name}", "", "```text", usage, "```", "")
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield from _paragraph(paragraph)
    yield from (f"```{{program}} sweep {name}", "```", "")
    for title, records in grouped_options(command, context):
        yield from (f"**{title}**", "")
        for option, text in records:
            yield from (f"````{{option}} {option}", _escaped(text), "````", "")


def _paragraph(paragraph: str) -> Iterator[str]:
    if paragraph.startswith("\b\n"):
        yield from ("```text", paragraph.removeprefix("\b\n"), "```", "")
    else:
        yield from (_escaped(paragraph), "")


def _escaped(text: str) -> str:
    """The text in Markdown, letter by letter, with what is typed as code."""
    parts = _CODE.split(text)
    parts[::2] = [_TYPED.sub(r"`\g<0>`", part) for part in parts[::2]]
    parts = _CODE.split("".join(parts))
    parts[::2] = [_SPECIAL.sub(r"\\\1", part) for part in parts[::2]]
    return "".join(parts)
