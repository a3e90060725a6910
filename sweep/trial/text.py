"""Text that comes from a trial, made fit to be stored and shown."""

from __future__ import annotations

MOST_CHARACTERS = 500


def storable(text: str, most: int = MOST_CHARACTERS) -> str:
    """The text on one line of at most `most` characters, all of which can be stored and shown.

    What cannot, by a database or by a terminal, stands there as Python escapes it: a lone
    surrogate, NUL, and all that would move a cursor or change a colour.
    """
    line = " ".join(text[: 4 * most].split())
    line = "".join(c if c.isprintable() else _escaped(c) for c in line)
    return line if len(line) <= most and len(text) <= 4 * most else f"{line[: most - 1]}…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
