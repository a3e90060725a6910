"""A study that is ready for its sweep, with all decisions about how to sweep it."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.events import SweepStarted
from sweep.flow.options import Options
from sweep.flow.outlook import Outlook
from sweep.flow.resolve import Pace, Resolved
from sweep.flow.upkeep import Upkeep
from sweep.folder.layout import StudyFolder
from sweep.storage.study import AskedStudy
from sweep.study.loader import LoadedStudy
from sweep.study.spec import StudySpec


@dataclass(frozen=True)
class SweptStudy:
    """What the loop and its parts know about the study that they sweep."""

    study: AskedStudy
    loaded: LoadedStudy
    folder: StudyFolder
    options: Options
    resolved: Resolved
    pace: Pace
    upkeep: Upkeep

    def check_place(self) -> None:
        """Checks that the sweep still has its study, its database and its folder.

        Raises:
            TakenAwayError: one of them is gone.
        """
        self.study.check_place()
        self.upkeep.check()

    def started(self, outlook: Outlook, n_jobs: int) -> SweepStarted:
        """The event that reports the start of its sweep, with `n_jobs` slots."""
        can_grow = not (self.resolved.scheduler.n_configurations or self.options.adds_none)
        return SweepStarted(
            study_name=self.study.study_name,
            metrics=self.spec.metrics,
            directions=self.spec.directions,
            folder=self.folder.folder,
            n_trials=outlook.plan.total,
            can_grow=can_grow,
            finished=tuple(trial for trial in outlook.trials if trial.state.is_finished()),
            waiting=outlook.waiting,
            n_jobs=n_jobs,
            aggregate=self.study.repeats.by,
            constraints=tuple(map(str, self.study.constraints)),
            most_trainings=self.options.most_trainings,
            identity=self.study.identity,
        )

    @property
    def spec(self) -> StudySpec:
        """What its file declares."""
        return self.loaded.spec
