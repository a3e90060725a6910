"""Numbers as people type them for a flag; everything else stays text, exactly as typed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

_WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d*)")
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


def number(text: str) -> int | float | None:
    """The number that was typed, an int if it is written as one; None if it is not a number.

    Leading zeros make it text, as in a code or a date: a number would lose them.
    """
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and math.isfinite(value := float(text)):
        return value
    return None


def numbers(texts: Sequence[str]) -> list[int] | list[float] | None:
    """All texts as numbers of one type, int if all are; None if one is not a number."""
    found = [value for text in texts if (value := number(text)) is not None]
    if len(found) < len(texts):
        return None
    whole = [value for value in found if isinstance(value, int)]
    return whole if len(whole) == len(found) else [float(value) for value in found]
