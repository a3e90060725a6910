"""The best of a study: one trial for one metric, the Pareto front for several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Member = TypeVar("Member")


class Front(Generic[Member]):
    """The members that no other matches or beats in every metric; of equals, the first.

    Args:
        directions: "maximize" or "minimize", one for each metric.
    """

    def __init__(self, directions: Sequence[str]) -> None:
        self._signs = [1 if direction == "maximize" else -1 for direction in directions]
        self._points: list[tuple[Member, list[float]]] = []

    @property
    def members(self) -> list[Member]:
        """The members, in the order in which they were added."""
        return [member for member, _ in self._points]

    def add(self, member: Member, values: Sequence[float]) -> None:
        """Adds a member if it belongs to the front, and drops those that it beats."""
        point = [sign * value for sign, value in zip(self._signs, values, strict=True)]
        if not any(_as_good(other, point) for _, other in self._points):
            self._points = [(m, p) for m, p in self._points if not _as_good(point, p)]
            self._points.append((member, point))


def front_of(points: Mapping[Member, Sequence[float]], directions: Sequence[str]) -> list[Member]:
    """The members whose values no other matches or beats in every metric; of equals, the first."""
    if len(directions) == 1:
        best = max if directions[0] == "maximize" else min
        return [best(points, key=lambda member: points[member][0])] if points else []
    front: Front[Member] = Front(directions)
    for member, values in points.items():
        front.add(member, values)
    return front.members


def _as_good(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True))


def in_order_of_fronts(points: Sequence[Sequence[float]], directions: Sequence[str]) -> list[int]:
    """The positions of points, the best first: front after front, each well spread.

    Points that no other beats in every metric come first, then those that only the first front
    beats, and so on. Within a front an epsilon net decides: after the best by the first metric
    comes, again and again, the point that is furthest from all before it, on scales on which all
    points together reach from 0 to 1. So the first few represent the whole front. Schmucker et
    al., "Multi-objective Asynchronous Successive Halving", 2021 (arXiv:2106.12639), found this
    best for promotion.
    """
    import numpy as np  # here, because readers of one metric do not need it

    signs = [1.0 if direction == "maximize" else -1.0 for direction in directions]
    table = np.array(points, dtype=float).reshape(len(points), len(signs)) * signs
    extent = np.ptp(table, axis=0) if len(points) else np.ones(len(signs))
    scaled = table / np.where(extent > 0, extent, 1.0)
    not_worse = np.all(table[:, None] >= table[None], axis=2)
    beats = np.logical_and(not_worse, np.logical_not(not_worse.T))
    left = np.arange(len(points))
    order: list[int] = []
    while len(left):
        is_beaten = beats[np.ix_(left, left)].any(axis=0)
        order += _spread(left[~is_beaten], scaled)
        left = left[is_beaten]
    return order


def _spread(front: NDArray[np.int64], scaled: NDArray[np.float64]) -> list[int]:
    """The members of a front in the order of an epsilon net."""
    import numpy as np

    own = scaled[front]
    chosen = [int(np.argmax(own[:, 0]))]
    distance = np.linalg.norm(own - own[chosen[0]], axis=1)
    while len(chosen) < len(front):
        distance[chosen] = -1.0
        chosen.append(int(np.argmax(distance)))
        distance = np.minimum(distance, np.linalg.norm(own - own[chosen[-1]], axis=1))
    return [int(front[position]) for position in chosen]
