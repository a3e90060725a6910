"""Parts of sentences: counts, lists of names, and suggestions for a mistyped name."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence

_MOST_NAMES = 20


def counted(n: float, noun: str) -> str:
    """A number with its noun, as in `1 trial` and `2 trials`."""
    return f"{n:g} {noun}{'' if n == 1 else 's'}"


def listed(names: Collection[str]) -> str:
    """The names, or the first of them if there are more than a person reads at a glance."""
    shown = list(names)[:_MOST_NAMES]
    left = len(names) - len(shown)
    return (", ".join(shown) or "none") + (f" and {left} more" if left else "")


def question(name: str, known: Iterable[str], otherwise: str = ".") -> str:
    """The end of a sentence that suggests a similar name: `: did you mean units?`

    Args:
        name: the unknown name; case does not matter.
        known: the existing names.
        otherwise: the end of the sentence if no name is similar.
    """
    by_lower = {other.lower(): other for other in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f": did you mean {by_lower[close[0]]}?" if close else otherwise


def no_trial(study: str, missing: Iterable[int], there: Sequence[int]) -> str:
    """A sentence about trials that a study does not have, with the ones that it has, in order."""
    numbers = ", ".join(map(str, missing))
    if not there:
        return f"Study {study!r} has no trial {numbers}: it has no trials yet."
    if len(there) == 1:
        return f"Study {study!r} has no trial {numbers}: its only one is {there[0]}."
    return f"Study {study!r} has no trial {numbers}: its trials are {there[0]} to {there[-1]}."
