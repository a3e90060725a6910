"""Checkpoints that nothing needs any more, deleted while a sweep runs.

The checkpoints of a paused trial are deleted once nothing will continue it. With `keep`, so are
the checkpoints of all but the best trials; those that confirm others, and those confirmed, keep
theirs until `sweep clean`, because their means may be the best.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from optuna.trial import FrozenTrial, TrialState

from sweep import attrs
from sweep.errors import StorageError
from sweep.flow.swept import SweptStudy
from sweep.folder.free import CHECKPOINT_FILES, find, free
from sweep.schedule.base import Whole, configuration, is_paused, spent
from sweep.schedule.keep import Standing, keepers
from sweep.schedule.objective import is_feasible
from sweep.schedule.repeats import Repeats, as_configurations
from sweep.storage.backlog import Say


class UnneededCheckpoints:
    """The unneeded checkpoints of one study during its sweep.

    Args:
        swept: the study, with its scheduler, which says which paused trials can be continued, and
            with `keep`, the number of best trials that keep their checkpoints.
        say: gets a notice about a folder that belongs to something else.
    """

    def __init__(self, swept: SweptStudy, say: Say) -> None:
        self._folder = swept.folder
        self._scheduler = swept.resolved.scheduler
        self._directions = swept.spec.directions
        self._keep = swept.options.keep
        self._repeats = swept.resolved.repeats
        self._upkeep = swept.upkeep
        self._say = say
        self._freed: set[int] = set()

    def free(self, trials: Sequence[FrozenTrial]) -> None:
        """Deletes the checkpoints that the study's trials no longer need."""
        for trial in self._unneeded(trials):
            if trial.number not in self._freed:
                self._freed.add(trial.number)
                self._free(trial)

    def _unneeded(self, trials: Sequence[FrozenTrial]) -> Iterable[FrozenTrial]:
        if not isinstance(self._scheduler, Whole):  # Whole pauses no trials
            yield from spent(trials, self._scheduler)
        if self._keep is not None:
            standings = _standings(trials, self._repeats)
            kept = keepers(standings, self._directions, self._keep)
            yield from (trial for trial in trials if trial.number not in kept)

    def _free(self, trial: FrozenTrial) -> None:
        seed = trial.user_attrs.get(attrs.SEED)
        try:
            free([find(self._folder, trial.number, trial.state.name, seed, CHECKPOINT_FILES)])
        except StorageError as error:
            self._say(str(error))
            return
        self._upkeep.drop(trial.number, seed, CHECKPOINT_FILES)


def _standings(trials: Sequence[FrozenTrial], repeats: Repeats) -> list[Standing]:
    """The facts about each trial."""
    ranked = {trial.number: trial for trial in as_configurations(trials, repeats)}
    confirmed = {configuration(trial) for trial in trials if attrs.CONFIRMS in trial.user_attrs}
    return [
        Standing(
            trial.number,
            trial.state.name,
            ranked[trial.number].values if trial.number in ranked else None,
            trial.user_attrs.get(attrs.CONTINUES),
            is_paused(trial) or _is_confirmed(trial, confirmed),
            is_feasible(ranked.get(trial.number, trial)),
        )
        for trial in trials
    ]


def _is_confirmed(trial: FrozenTrial, confirmed: Container[int]) -> bool:
    """Whether the trial, or what it confirms, is of one of these configurations."""
    return trial.state is TrialState.COMPLETE and configuration(trial) in confirmed
