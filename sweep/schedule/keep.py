"""Which trials keep their checkpoints if only the best do. Readers need it, so no Optuna here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sweep.search.front import front_of


class Standing(NamedTuple):
    """The facts that decide whether a trial keeps its checkpoints."""

    number: int
    state: str
    """Optuna's state, as in COMPLETE."""
    values: Sequence[float] | None
    """The values that its configuration is ranked by; None if the trial does not stand for it."""
    continues: int | None = None
    """The trial that it continues."""
    is_kept: bool = False
    """Whether it keeps them in any case."""
    is_feasible: bool = True
    """Whether it keeps the constraints of its study."""


def keepers(trials: Sequence[Standing], directions: Sequence[str], n_best: int) -> set[int]:
    """The numbers of the trials that keep their checkpoints.

    These are unfinished trials, trials that are kept in any case, the `n_best` best, and the trials
    that any of these continues. A Pareto front that starts within the `n_best` is kept whole.
    """
    kept = {t.number for t in trials if t.is_kept or t.state in ("RUNNING", "WAITING")}
    kept |= _best(trials, directions, n_best)
    sources = {t.number: t.continues for t in trials if t.continues is not None}
    while needed := {sources[number] for number in kept & sources.keys()} - kept:
        kept |= needed
    return kept


def _best(trials: Sequence[Standing], directions: Sequence[str], n_best: int) -> set[int]:
    """The first `n_best` complete trials, front by front; a front is kept whole.

    Those that break constraints come after all others.
    """
    best: set[int] = set()
    for is_feasible in (True, False):
        alike = [trial for trial in trials if trial.is_feasible is is_feasible]
        best |= _first_fronts(alike, directions, n_best - len(best))
    return best


def _first_fronts(trials: Sequence[Standing], directions: Sequence[str], n_best: int) -> set[int]:
    left = {t.number: t.values for t in trials if t.state == "COMPLETE" and t.values}
    best: set[int] = set()
    while len(best) < n_best and left:
        front = front_of(left, directions)
        best.update(front)
        for number in front:
            del left[number]
    return best
