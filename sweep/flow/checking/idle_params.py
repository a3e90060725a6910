"""Params that change nothing: trials have the same graphs for all of their values."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sweep.flow.checking.attempts import Attempt
from sweep.search.variation import Example, Examples

MOST_PAIRS = 3
"""How many pairs of trials that differ in a param are compared before it counts as idle."""
MOST_SECONDS = 20.0

Build = Callable[[Example], Attempt]
"""Builds a trial with these params and examines it."""


@dataclass
class ParamsTried:
    """Which params the graphs of trials depend on."""

    active: list[str] = field(default_factory=list)
    """Params that change them."""
    idle: dict[str, int] = field(default_factory=dict)
    """Params that do not, with how many pairs of values were tried."""
    not_tried: list[str] = field(default_factory=list)
    """Params for which there was no time, or no other value."""
    why_not: str | None = None
    """Why no param could be tried."""
    failed: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    """Params with which a trial could not be built, and what went wrong."""


def try_params(examples: Examples, example: Example, first: Attempt, build: Build) -> ParamsTried:
    """Builds trials until every param has made a difference, or was tried often enough.

    Args:
        examples: params to build trials with.
        example: one of them.
        first: the trial that was built from it.
        build: builds another trial.
    """
    known = {id(example): _fingerprint(first)}
    found = ParamsTried(why_not=_why_not(_fingerprint(first), _fingerprint(build(example))))
    if found.why_not is not None:
        return found
    deadline = time.monotonic() + MOST_SECONDS
    for name in examples.names:
        _try_param(name, examples, known, build, deadline, found)
    return found


def _try_param(
    name: str,
    examples: Examples,
    known: dict[int, str | None],
    build: Build,
    deadline: float,
    found: ParamsTried,
) -> None:
    n_pairs = 0
    pairs = examples.variations(name, MOST_PAIRS)
    for example, variation in sorted(pairs, key=lambda pair: id(pair[0]) not in known):
        if time.monotonic() > deadline:
            break
        if id(example) not in known:
            known[id(example)] = _fingerprint(build(example))
        varied = build(variation)
        if varied.outcome is not None and varied.outcome.failure is not None:
            params = {name: variation.suggested[name]}
            found.failed.append((params, varied.outcome.failure.detail))
        if _fingerprint(varied) != known[id(example)]:
            found.active.append(name)
            return
        n_pairs += 1
    if n_pairs and time.monotonic() <= deadline:
        found.idle[name] = n_pairs
    else:
        found.not_tried.append(name)


def _fingerprint(attempt: Attempt) -> str | None:
    return None if attempt.examined is None else attempt.examined.fingerprint


def _why_not(first: str | None, again: str | None) -> str | None:
    if first is None or again is None:
        return "its graphs cannot be built without training"
    if first != again:
        return "its graphs differ each time they are built"
    return None
