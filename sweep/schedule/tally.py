"""Counts trials as a study grows: a trial that has ended does not change, so it is read once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from optuna.trial import FrozenTrial


class Tally:
    """Counts the trials of one study that satisfy a condition.

    Args:
        holds: the condition; for a trial that has ended, the answer does not change.
    """

    def __init__(self, holds: Callable[[FrozenTrial], bool]) -> None:
        self._holds = holds
        self._n_settled = 0
        """How many trials ended before the first that has not."""
        self._n_held = 0
        """How many of those satisfy the condition."""

    def count(self, trials: Sequence[FrozenTrial]) -> int:
        """How many of all trials of the study satisfy it; the trials come by their numbers."""
        unsettled = self.unsettled(trials)
        return self._n_held + sum(map(self._holds, unsettled))

    def unsettled(self, trials: Sequence[FrozenTrial]) -> Sequence[FrozenTrial]:
        """The trials from the first one that has not ended."""
        while self._n_settled < len(trials) and trials[self._n_settled].state.is_finished():
            self._n_held += self._holds(trials[self._n_settled])
            self._n_settled += 1
        return trials[self._n_settled :]
