"""Recovering trials that dead sweeps left RUNNING: ended trials are told, others are put back.

This needs only the database and the trials' folders, so it can be repeated at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from optuna.trial import FrozenTrial, TrialState

from sweep import attrs
from sweep.flow.tell import end_trial, left_outcome
from sweep.folder.fetch import fetch_record
from sweep.folder.layout import StudyFolder
from sweep.storage.study import AskedStudy


def take_up(
    study: AskedStudy,
    metrics: tuple[str, ...],
    folder: StudyFolder,
    running: Container[int],
    say: Callable[[str], None],
) -> None:
    """Recovers every RUNNING trial that no process runs.

    Args:
        study: the study.
        metrics: the names of its metrics.
        folder: the folders of its trials.
        running: the numbers of the trials that this process runs.
        say: gets a notice about every such trial that had started.
    """
    with study.turn():
        for trial in study.get_trials(states=(TrialState.RUNNING,)):
            if trial.number not in running:
                _take_up(study, trial, metrics, folder, say)


def _take_up(
    study: AskedStudy,
    trial: FrozenTrial,
    metrics: tuple[str, ...],
    folder: StudyFolder,
    say: Callable[[str], None],
) -> None:
    holder = study.find_holder(trial)
    if holder is not None and not holder.is_gone:
        return
    attempts = trial.user_attrs.get(attrs.ATTEMPTS, 0)
    if attempts:  # otherwise a copy of the database has it half asked for, and it starts over
        fetch_record(folder.trial(trial.number))
    outcome = left_outcome(folder.trial(trial.number), attempts)
    if outcome is None:
        study.put_back(trial.number)
        then = "It continues from its last checkpoint."
    else:
        state = end_trial(study, metrics, trial.number, outcome).state.name
        then = f"It had ended, and is now {state}."
    if attempts:
        say(f"Trial {trial.number} was left running by a sweep that died. {then}")
