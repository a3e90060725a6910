"""Makes text from a trial safe to store and show."""

from __future__ import annotations

MOST_CHARACTERS = 500


def storable(text: str, most: int = MOST_CHARACTERS) -> str:
    """The text on one line of at most `most` characters, safe to store and to show.

    Characters that a database or a terminal cannot handle become Python escapes: lone surrogates,
    NUL, and everything that would move a cursor or change a colour.
    """
    line = " ".join(text[: 4 * most].split())
    line = "".join(c if c.isprintable() else _escaped(c) for c in line)
    return line if len(line) <= most and len(text) <= 4 * most else f"{line[: most - 1]}…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
