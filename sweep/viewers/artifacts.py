"""The artifacts of a study's trials, for optuna-dashboard: logs, and learning curves."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

from optuna.artifacts.exceptions import ArtifactNotFound
from optuna.storages import RDBStorage

from sweep.errors import SweepError
from sweep.folder.fetch import fetch_log
from sweep.folder.layout import StudyFolder
from sweep.results.data import load_study
from sweep.storage.artifacts import LOG, Artifact


class TrialFiles:
    """A read-only Optuna artifact store: existing files, and pictures that are drawn on request.

    Args:
        url: the URL of the database.
        storage: the same database, opened by Optuna.
        results: the results folder.
    """

    def __init__(self, url: str, storage: RDBStorage, results: Path) -> None:
        self._url = url
        self._storage = storage
        self._results = results

    def open_reader(self, artifact_id: str) -> BinaryIO:
        """Opens the artifact.

        Raises:
            ArtifactNotFound: there is no artifact with this id, or it is gone.
        """
        try:
            artifact = Artifact.from_id(artifact_id)
            name = self._storage.get_study_name_from_id(artifact.study_id)
            if artifact.kind is LOG:
                trial = StudyFolder(self._results, name).trial(artifact.number)
                fetch_log(trial)
                return trial.log.open("rb")
            return self._draw_curve(name, artifact.number)
        except (KeyError, ValueError, OSError, SweepError, ImportError) as error:
            raise ArtifactNotFound(str(error)) from error

    def write(self, artifact_id: str, content_body: BinaryIO) -> None:
        """Refuses uploads."""
        raise PermissionError("The artifacts of a sweep are its own files: nothing can be added.")

    def remove(self, artifact_id: str) -> None:
        """Keeps the file: only its entry in the study is removed."""

    def _draw_curve(self, name: str, number: int) -> BinaryIO:
        from sweep.report.plots import curves  # imported here, because a log needs no matplotlib

        picture = io.BytesIO()
        curves(load_study(name, storage=self._url), number).savefig(picture, format="png")
        picture.seek(0)
        return picture
