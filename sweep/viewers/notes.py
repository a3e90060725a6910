"""The notes on a study and its trials that optuna-dashboard shows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import optuna

from sweep.errors import StorageError, UsageError
from sweep.storage.database import open_existing, open_for_reading
from sweep.storage.reading import summarize_study
from sweep.wording import no_trial


class Notes:
    """The note on a study, or on one of its trials: a text in Markdown.

    Args:
        url: the URL of the database.
        study: the name of the study.
        trial: the number of the trial; None is the study.

    Raises:
        StorageError: there is no such study or trial.
        UsageError: optuna-dashboard is not installed.
    """

    def __init__(self, url: str, study: str, trial: int | None) -> None:
        summarize_study(open_for_reading(url), study)  # raises if there is no such study
        storage = open_existing(url)
        self._of: Any = optuna.Study(study, storage)
        if trial is not None:
            numbers = sorted(t.number for t in self._of.get_trials(deepcopy=False))
            if trial not in numbers:
                raise StorageError(no_trial(study, [trial], numbers))
            study_id = storage.get_study_id_from_name(study)
            trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, trial)
            # An optuna.Trial would sample params, even for a trial that has ended.
            self._of = SimpleNamespace(storage=storage, study=self._of, _trial_id=trial_id)
        try:
            import optuna_dashboard
        except ImportError:
            raise UsageError(
                "Notes need optuna-dashboard, which is not installed: run `pip install "
                "'optuna-dashboard>=0.20'`."
            ) from None
        self._dashboard = optuna_dashboard

    def read(self) -> str:
        """The note; empty if there is none."""
        note: str = self._dashboard.get_note(self._of)
        return note

    def write(self, text: str) -> None:
        """Replaces the note with the text."""
        self._dashboard.save_note(self._of, text)

    def add(self, text: str) -> None:
        """Appends the text to the note, as a new paragraph."""
        self.write("\n\n".join(filter(None, (self.read(), text))))
