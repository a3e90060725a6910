"""Trials on remote storage that started after the last copy of the database was made.

A machine that continues from such a copy adds them to the study, so their training is not lost.
"""

from __future__ import annotations

import optuna

from sweep.flow.rebuild import as_it_started, make_again
from sweep.folder.fetch import fetch_record
from sweep.folder.layout import StudyFolder
from sweep.folder.mirror import find_mirror
from sweep.storage.backlog import Say
from sweep.storage.lock import turn
from sweep.storage.opening import count_trials
from sweep.storage.study import AskedStudy
from sweep.storage.sweep_storage import SweepStorage


def adopt_unknown(storage: SweepStorage, folder: StudyFolder, say: Say) -> None:
    """Restores them from their params.json and result.json; a second call changes nothing.

    A trial of which nothing was uploaded becomes WAITING, and gets new params.

    Args:
        storage: the database.
        folder: the folder of the study.
        say: gets a notice about them.

    Raises:
        StorageError: a folder does not hold enough to restore its trial.
    """
    if find_mirror(folder.results) is None:
        return
    with turn(storage.engine, folder.name):
        if folder.name not in optuna.get_all_study_names(storage):
            return
        n_known = count_trials(storage, folder.name)
        unknown = [number for number in folder.trial_numbers() if number >= n_known]
        if not unknown:
            return
        study = AskedStudy(folder.name, storage)
        metrics = tuple(study.metric_names or ())
        for number in range(n_known, max(unknown) + 1):
            trial = folder.trial(number)
            fetch_record(trial)
            if trial.params.exists():
                make_again(study, as_it_started(trial, number), metrics, trial)
            else:
                study.enqueue_trial({})
    listed = ", ".join(map(str, unknown))
    say(f"Restored trials {listed}, which started after the last copy of the database was made.")
