"""Restoring a study from its folders, after its database was lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from sweep import attrs
from sweep.errors import StorageError
from sweep.flow.declared import DeclaredStudy
from sweep.flow.interruption import Interruption
from sweep.flow.tell import end_trial, left_outcome
from sweep.flow.upkeep import upkeep_of
from sweep.folder.fetch import fetch_record, fetch_study_record, recorded_at
from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.storage.database import open_for_sweep
from sweep.storage.lock import sole_sweep
from sweep.storage.opening import create_study
from sweep.storage.study import AskedStudy
from sweep.study.loader import LoadedStudy
from sweep.trial.outcome import AttemptState, Cause, Failure, Outcome

LOST = Failure(Cause.EXCEPTION, "nothing was left of it when the study was restored")
SEEDLESS = Failure(Cause.EXCEPTION, "it had not ended when the study was restored without its seed")


def rebuild(
    folder: StudyFolder,
    url: str,
    say: Callable[[str], None],
    load: Callable[[], LoadedStudy] | None = None,
    seed: int | None = None,
) -> AskedStudy:
    """Restores a study from the params.json and result.json of its trials.

    A trial without a result becomes WAITING, and continues from its last checkpoint. A trial of
    which nothing is left becomes FAIL, to keep the numbers of the others. So do trials that were
    copied from another study, which have no folder. Trials that had not started are not restored.

    Args:
        folder: the folder of the study.
        url: the URL of the database, which is created if it is missing.
        say: gets notices about what could not be restored.
        load: loads the study's file, if the folders say too little.
        seed: the study's seed, if its folder does not say it.

    Raises:
        StorageError: the study already exists, or the folders do not say enough.
        BusyError: another process sweeps the study, or another machine its remote results.
        StudyError: the study's file cannot be used.
        UsageError: the study had another seed.
    """
    numbers = folder.trial_numbers()
    if not numbers:
        raise StorageError(
            f"{folder.address} has no folder of a trial to restore the study from: give another "
            "--results."
        )
    with (
        Interruption() as interruption,
        interruption.before_trials(),
        upkeep_of(folder, url, interruption, say) as upkeep,
    ):
        study = _made_again(folder, numbers, url, say, load, seed)
        upkeep.begin()
    return study


def _made_again(
    folder: StudyFolder,
    numbers: Sequence[int],
    url: str,
    say: Callable[[str], None],
    load: Callable[[], LoadedStudy] | None,
    seed: int | None,
) -> AskedStudy:
    fetch_study_record(folder)
    for number in numbers:
        fetch_record(folder.trial(number))
    declared = DeclaredStudy(folder, load, seed)
    record = folder.read_record() or declared.study_record()
    started = [number for number in numbers if folder.trial(number).params.exists()]
    trials = {number: as_it_started(folder.trial(number), number, declared) for number in started}
    storage = open_for_sweep(url)
    with sole_sweep(url, folder.name):
        if folder.name in optuna.get_all_study_names(storage):
            raise StorageError(
                f"Study {folder.name!r} is in the database already, so there is nothing to restore."
            )
        metrics = tuple(record["metrics"])
        study = create_study(storage, folder.name, metrics, record["directions"])
        for name, value in record["attrs"].items():
            study.set_user_attr(name, value)
        for number in range(max(numbers) + 1):
            if number in trials:
                make_again(study, trials[number], metrics, folder.trial(number))
            else:
                gone = create_trial(state=TrialState.FAIL, user_attrs={attrs.FAILURE: str(LOST)})
                study.add_trial(gone)
    for loss in _losses(study, trials, declared):
        say(loss)
    return study


def as_it_started(
    folder: TrialFolder, number: int, declared: DeclaredStudy | None = None
) -> FrozenTrial:
    """The trial as it was when its last attempt started.

    Args:
        folder: the folder of the trial.
        number: the number of the trial.
        declared: supplies what a folder of version 0.1 does not say.

    Raises:
        StorageError: the folder does not say enough.
    """
    identity = folder.read_params() or {}
    try:
        if identity["number"] != number:
            raise ValueError("another trial's")
        record = identity.get("record")
        if record is None:
            record = {} if declared is None else declared.trial_record(number, identity)
        distributions: dict[str, BaseDistribution] = {
            name: json_to_distribution(text) for name, text in record["distributions"].items()
        }
        known: dict[str, Any] = {
            **record["attrs"],
            attrs.SEED: identity["seed"],
            attrs.ATTEMPTS: identity.get("attempt") or _attempts(folder),
            attrs.MODEL_DIR: folder.address,
        }
        return create_trial(
            state=TrialState.RUNNING,
            params=identity["suggested"],
            distributions=distributions,
            user_attrs=known,
            intermediate_values={
                int(step): value for step, value in record.get("curve", {}).items()
            },
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StorageError(
            f"{folder.params} does not say enough to restore trial {number}: move {folder.folder} "
            "away to continue without the trial."
        ) from error


def _attempts(folder: TrialFolder) -> int:
    """How many attempts a trial had at least, if params.json does not say it."""
    return int((folder.read_result() or {}).get("attempt", 1))


def make_again(
    study: AskedStudy, trial: FrozenTrial, metrics: tuple[str, ...], folder: TrialFolder
) -> None:
    """Adds a trial to a study, with its end if its folder has one; otherwise it is WAITING."""
    study.add_trial(trial)
    number = study.get_trials(deepcopy=False)[-1].number
    outcome = left_outcome(folder, trial.user_attrs[attrs.ATTEMPTS])
    if outcome is not None:
        ended = end_trial(study, metrics, number, outcome)
        if ended.state.is_finished():
            study.set_times(number, *recorded_at(folder))
            return
    if attrs.SEED in study.user_attrs:
        study.put_back(number)
    else:
        end_trial(study, metrics, number, Outcome(AttemptState.FAIL, failure=SEEDLESS))


def _losses(
    study: AskedStudy, trials: Mapping[int, FrozenTrial], declared: DeclaredStudy
) -> list[str]:
    """What could not be restored, one sentence each."""
    said = declared.losses()
    made = study.get_trials(deepcopy=False)
    lost = [trial.number for trial in made if trial.number not in trials]
    if lost:
        said.append(f"Nothing is left of these trials, which are now FAIL: {_listed(lost)}.")
    seedless = [t.number for t in made if t.user_attrs.get(attrs.FAILURE) == str(SEEDLESS)]
    if seedless:
        said.append(
            "These trials had not ended and are now FAIL, because they can continue only with the "
            f"study's seed: {_listed(seedless)}. `sweep retry` starts them again."
        )
    return said


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
