"""What sentences have in common: counts, lists of names, and which name may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence

_MOST_NAMES = 20


def counted(n: float, noun: str) -> str:
    """So many of something, as in `1 trial` and `2 trials`."""
    return f"{n:g} {noun}{'' if n == 1 else 's'}"


def listed(names: Collection[str]) -> str:
    """The names, as many as can be read at a glance."""
    shown = list(names)[:_MOST_NAMES]
    left = len(names) - len(shown)
    return (", ".join(shown) or "none") + (f" and {left} more" if left else "")


def question(name: str, known: Iterable[str], otherwise: str = ".") -> str:
    """How a sentence ends that knows a better name: `: did you mean units?`

    Args:
        name: the name that there is not; case does not count.
        known: those that there are.
        otherwise: how the sentence ends where none is like it.
    """
    by_lower = {other.lower(): other for other in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f": did you mean {by_lower[close[0]]}?" if close else otherwise


def no_trial(study: str, missing: Iterable[int], there: Sequence[int]) -> str:
    """A sentence on trials that a study has not, with those that it has, in their order."""
    numbers = ", ".join(map(str, missing))
    if not there:
        return f"Study {study!r} has no trial {numbers}, for it has none."
    if len(there) == 1:
        return f"Study {study!r} has no trial {numbers}: its only one is {there[0]}."
    return f"Study {study!r} has no trial {numbers}: its trials are {there[0]} to {there[-1]}."
