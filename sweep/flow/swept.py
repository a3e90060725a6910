"""A study that is ready to be swept, with all that was decided of how."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.flow.options import Options
from sweep.flow.resolve import Pace, Resolved
from sweep.flow.upkeep import Upkeep
from sweep.folder.layout import StudyFolder
from sweep.storage.study import AskedStudy
from sweep.study.loader import LoadedStudy
from sweep.study.spec import StudySpec


@dataclass(frozen=True)
class SweptStudy:
    """What the loop and its parts know of the study that they sweep."""

    study: AskedStudy
    loaded: LoadedStudy
    folder: StudyFolder
    options: Options
    resolved: Resolved
    pace: Pace
    upkeep: Upkeep

    def check_place(self) -> None:
        """Sees that the sweep still has its study, its database and its folder.

        Raises:
            TakenAwayError: it has not.
        """
        self.study.check_place()
        self.upkeep.check()

    @property
    def spec(self) -> StudySpec:
        """What its file declares."""
        return self.loaded.spec
