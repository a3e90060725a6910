"""Finds names of flags that were misspelt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from sweep.errors import UsageError

if TYPE_CHECKING:
    from sweep.program.flags import DeclaredFlag
    from sweep.program.program import Program

_ALMOST = 0.8
"""How alike two names must be for one to be a typo of the other, from 0 to 1."""
_DIGITS = re.compile(r"\d+")


def almost(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` may be a typo of, if there is one; hyphens are underscores."""
    by_plain = {_plain(other): other for other in known}
    meant = get_close_matches(_plain(name), by_plain, 1, _ALMOST)
    return by_plain[meant[0]] if meant else None


def undeclared(
    program: Program, flags: Sequence[DeclaredFlag], varied: Iterable[str]
) -> Iterator[str]:
    """A notice for each varied flag that is none of those that were found in the program.

    `tf.app.run` passes over flags that nobody has declared, so all trials would be alike.

    Raises:
        UsageError: a varied flag is almost one of the program's.
    """
    declared = [text.lstrip("-") for flag in flags if flag.is_named for text in flag.spellings]
    for name in varied:
        if name in program.placed or any(known.startswith(name) for known in declared):
            continue  # argparse takes the start of a name too
        meant = almost(name, declared)
        # units_2 may be declared in a loop, beside units_1.
        if meant is not None and _DIGITS.sub("", meant) != _DIGITS.sub("", name):
            raise UsageError(f"{program} has no flag {name!r}: did you mean {meant}?")
        if declared:
            yield (
                f"sweep finds no flag {name!r} in {program}. If the program ignores it, all trials "
                "train alike."
            )


def _plain(name: str) -> str:
    return name.replace("-", "_").lower()
