"""Checkpoints of paused trials, taken from the disk as soon as nothing will continue them."""

from __future__ import annotations

from collections.abc import Sequence

from optuna.trial import FrozenTrial

from sweep import attrs
from sweep.errors import StorageError
from sweep.folder.free import CHECKPOINT_FILES, find, free
from sweep.folder.layout import StudyFolder
from sweep.schedule.base import Scheduler, Whole, spent
from sweep.storage.backlog import Say


class SpentCheckpoints:
    """Those of one study while it is swept."""

    def __init__(self, paths: StudyFolder, scheduler: Scheduler, say: Say) -> None:
        self._paths = paths
        self._scheduler = scheduler
        self._say = say
        self._freed: set[int] = set()

    def free(self, trials: Sequence[FrozenTrial]) -> None:
        """Removes those that the study's trials need no more; says of a folder that is foreign."""
        if isinstance(self._scheduler, Whole):  # which pauses none
            return
        for trial in spent(trials, self._scheduler):
            if trial.number not in self._freed:
                self._free(trial)

    def _free(self, trial: FrozenTrial) -> None:
        self._freed.add(trial.number)
        seed = trial.user_attrs.get(attrs.SEED)
        try:
            free([find(self._paths, trial.number, trial.state.name, seed, CHECKPOINT_FILES)])
        except StorageError as error:
            self._say(str(error))
