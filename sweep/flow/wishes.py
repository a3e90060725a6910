"""Requests of others to end active trials: `sweep stop`, or a state set in a dashboard."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial

from sweep.engine.base import Engine
from sweep.flow.active_trial import ActiveTrial
from sweep.folder.layout import StudyFolder
from sweep.storage.backlog import Backlog
from sweep.storage.study import AskedStudy
from sweep.trial.messages import Stop

SECONDS_BETWEEN_LOOKS = 1.0


class Wishes:
    """Looks for requests at intervals, in the trials' folders and in the database."""

    def __init__(
        self, study: AskedStudy, folder: StudyFolder, engine: Engine, backlog: Backlog
    ) -> None:
        self._study = study
        self._folder = folder
        self._engine = engine
        self._backlog = backlog
        self._next_look = 0.0

    def fulfil(self, active: Iterable[ActiveTrial]) -> bool:
        """Ends the trials that should end; returns whether it was time to look."""
        if time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
        for trial in active:
            # A request older than the attempt is removed when the attempt claims the folder.
            asked = trial.has_started and self._folder.trial(trial.number).is_asked_to_stop
            if asked and not trial.stop_asked:
                trial.stop_asked = True
                self._engine.answer(trial.number, Stop())
            if not trial.told_by_another and self._is_finished(trial.number):
                trial.told_by_another = True
                self._engine.kill(trial.number)
        return True

    def _is_finished(self, number: int) -> bool:
        trial = self._backlog.attempt(partial(self._study.get_trial, number), None)
        return trial is not None and trial.state.is_finished()
