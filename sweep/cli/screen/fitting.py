"""Fitting params into the columns of a terminal. Some characters are two columns wide."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len


def fitted(params: Sequence[str], room: int) -> str:
    """As many of the params as there is room for, each of them whole, and how many more there are.

    Empty if there is no room for any.

    Args:
        params: each as `name=value`.
        room: how many columns there are.
    """
    if cell_len(" ".join(params)) <= room:
        return " ".join(params)
    shown: list[str] = []
    for param in params:
        text = _with_more([*shown, param], len(params))
        if cell_len(text) <= room:
            shown.append(param)
    return _with_more(shown, len(params)) if shown else ""


def in_lines(params: Sequence[str], room: int, most: int) -> list[str]:
    """The params on up to `most` lines of this width; the last one says how many are left out."""
    lines: list[str] = []
    left = list(params)
    while left and len(lines) < most - 1:
        n = 1
        while n < len(left) and cell_len(" ".join(left[: n + 1])) <= room:
            n += 1
        lines.append(" ".join(left[:n]))
        left = left[n:]
    return [*lines, fitted(left, room) or f"and {len(left)} more"] if left else lines


def _with_more(shown: Sequence[str], n: int) -> str:
    return f"{' '.join(shown)} and {n - len(shown)} more"
