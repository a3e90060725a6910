"""Numbers as people type them for a flag; what is no number stays text, exactly as typed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

_WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d*)")
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


def number(text: str) -> int | float | None:
    """The number that is typed, whole where it is written so; None where it is none.

    Zeros in front make a text, as in a code or a date: a number would lose them.
    """
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and math.isfinite(value := float(text)):
        return value
    return None


def numbers(texts: Sequence[str]) -> list[int] | list[float] | None:
    """All of them as numbers of one type, whole if all are; None where one is no number."""
    found = [value for text in texts if (value := number(text)) is not None]
    if len(found) < len(texts):
        return None
    whole = [value for value in found if isinstance(value, int)]
    return whole if len(whole) == len(found) else [float(value) for value in found]
