"""A study made again from its folders, where its database is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from sweep import attrs
from sweep.errors import StorageError
from sweep.flow.tell import end_trial, left_outcome
from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.storage.database import open_for_sweep
from sweep.storage.lock import sole_sweep
from sweep.storage.study import AskedStudy, create_study
from sweep.trial.outcome import Cause, Failure

LOST = Failure(Cause.EXCEPTION, "nothing was left of it when the study was made again")


def rebuild(folder: StudyFolder, url: str, say: Callable[[str], None]) -> AskedStudy:
    """Makes a study from the params.json and result.json of its trials.

    A trial that has no result is WAITING, and goes on from its last checkpoint. One of which
    nothing is left is FAIL, so that the numbers stay; so are those taken along from another study,
    which have no folder.

    Args:
        folder: the study's.
        url: the database's URL; it is created where it is missing.
        say: is told what could not be made again.

    Raises:
        StorageError: there is such a study already, or the folders do not say enough.
        BusyError: another process sweeps the study.
    """
    record = folder.read_record()
    numbers = folder.trial_numbers()
    if record is None or not numbers:
        lacking = "no readable study.json" if record is None else "no folder of a trial"
        raise StorageError(
            f"There is {lacking} in {folder.folder}, from which the study could be made again: "
            "name another --results."
        )
    started = [number for number in numbers if folder.trial(number).params.exists()]
    trials = {number: _started(folder.trial(number), number) for number in started}
    storage = open_for_sweep(url)
    with sole_sweep(url, folder.name):
        if folder.name in optuna.get_all_study_names(storage):
            raise StorageError(
                f"Study {folder.name!r} is in the database already, and is left as it is: only a "
                "study that is not there is made again."
            )
        metrics = tuple(record["metrics"])
        study = create_study(storage, folder.name, metrics, record["directions"])
        for name, value in record["attrs"].items():
            study.set_user_attr(name, value)
        lost = [number for number in range(max(numbers) + 1) if number not in trials]
        for number in range(max(numbers) + 1):
            if number in trials:
                _make_again(study, trials[number], metrics, folder.trial(number))
            else:
                gone = create_trial(state=TrialState.FAIL, user_attrs={attrs.FAILURE: str(LOST)})
                study.add_trial(gone)
    if lost:
        say(f"Nothing is left of these trials, which are FAIL now: {', '.join(map(str, lost))}.")
    return study


def _started(folder: TrialFolder, number: int) -> FrozenTrial:
    """The trial as it was when its last attempt began."""
    identity = folder.read_params() or {}
    try:
        if identity["number"] != number:
            raise ValueError("another trial's")
        record = identity["record"]
        distributions: dict[str, BaseDistribution] = {
            name: json_to_distribution(text) for name, text in record["distributions"].items()
        }
        known: dict[str, Any] = {
            **record["attrs"],
            attrs.SEED: identity["seed"],
            attrs.ATTEMPTS: identity["attempt"],
            attrs.MODEL_DIR: str(folder.model_dir),
        }
        return create_trial(
            state=TrialState.RUNNING,
            params=identity["suggested"],
            distributions=distributions,
            user_attrs=known,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StorageError(
            f"{folder.params} does not say enough to make trial {number} again: move "
            f"{folder.folder} away to go on without the trial."
        ) from error


def _make_again(
    study: AskedStudy, trial: FrozenTrial, metrics: tuple[str, ...], folder: TrialFolder
) -> None:
    before = trial.user_attrs.get(attrs.CONTINUES)
    if before is not None:
        trial.intermediate_values = dict(study.get_trial(before).intermediate_values)
    study.add_trial(trial)
    number = study.get_trials(deepcopy=False)[-1].number
    outcome = left_outcome(folder, trial.user_attrs[attrs.ATTEMPTS])
    if outcome is None:
        study.put_back(number)
    else:
        end_trial(study, metrics, number, outcome)
        study.set_times(number, _written(folder.params), _written(folder.result))


def _written(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
