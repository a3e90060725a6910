"""Which of a program's flags its command line already sets, and which it has a place for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sweep.errors import UsageError
from sweep.program.flags import DeclaredFlag
from sweep.program.program import GIVEN, Program

_PLACE = re.compile(r"\{([\w.-]+)(?::words)?\}")


def given_flags(arguments: Sequence[str], flags: Sequence[DeclaredFlag]) -> frozenset[str]:
    """The names of the flags that the arguments set."""
    named = {text: flag for flag in flags if flag.is_named for text in flag.spellings}
    by_place = [flag.name for flag in flags if not flag.is_named]
    found, before = set[str](), None
    for word in arguments:
        spelling, equals, _ = word.partition("=")
        if word.startswith("-"):
            flag = named.get(spelling)
            before = None if flag is None or flag.is_switch or equals else flag
            found |= {flag.name} if flag is not None else set()
        elif before is not None:
            before = before if before.takes_several else None
        elif by_place:
            found.add(by_place.pop(0))
    return frozenset(found)


def placed_flags(program: Program, flags: Sequence[DeclaredFlag]) -> frozenset[str]:
    """The names of the flags that stand as `{NAME}` in the program's arguments.

    Raises:
        UsageError: a `{NAME}` is neither a flag nor one of GIVEN.
    """
    placed = {match[1] for text in program.arguments for match in _PLACE.finditer(text)} - set(
        GIVEN
    )
    for name in sorted(placed - {flag.name for flag in flags}):
        raise UsageError(
            f"{{{name}}} among the arguments is neither a flag of {program} nor one of "
            f"{', '.join(f'{{{each}}}' for each in GIVEN)}: use one of these, or leave it out."
        )
    return frozenset(placed)
