"""The best of a study: one trial by one metric, the Pareto front by several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

Member = TypeVar("Member")


class Front(Generic[Member]):
    """The members that no other is at least as good as by every metric; equals: the first.

    Args:
        directions: "maximize" or "minimize", one for each metric.
    """

    def __init__(self, directions: Sequence[str]) -> None:
        self._signs = [1 if direction == "maximize" else -1 for direction in directions]
        self._points: list[tuple[Member, list[float]]] = []

    @property
    def members(self) -> list[Member]:
        """In the order in which they were added."""
        return [member for member, _ in self._points]

    def add(self, member: Member, values: Sequence[float]) -> None:
        """Takes a member in if it belongs to the front, and drops those that it beats."""
        point = [sign * value for sign, value in zip(self._signs, values, strict=True)]
        if not any(_as_good(other, point) for _, other in self._points):
            self._points = [(m, p) for m, p in self._points if not _as_good(point, p)]
            self._points.append((member, point))


def _as_good(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True))
