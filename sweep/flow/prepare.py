"""Preparing the study for a sweep: it is opened as resolved, and trials are enqueued."""

from __future__ import annotations

import optuna

from sweep import attrs
from sweep.errors import StorageError, UsageError
from sweep.flow.extension import extend
from sweep.flow.inheritance import inherit
from sweep.flow.options import Options
from sweep.flow.resolve import Resolved
from sweep.folder.atomic import write_json
from sweep.folder.fetch import fetch_record
from sweep.folder.layout import StudyFolder
from sweep.schedule.base import begins_configuration
from sweep.schedule.confirmation import to_confirm
from sweep.schedule.objective import Objective
from sweep.schedule.repeats import kept_repeats
from sweep.search.space import check_unchanged
from sweep.search.values import own_values
from sweep.storage.backlog import Say
from sweep.storage.lock import turn
from sweep.storage.opening import count_trials, find_other, open_study
from sweep.storage.study import AskedStudy
from sweep.storage.sweep_storage import SweepStorage
from sweep.study.loader import LoadedStudy
from sweep.study.program_record import to_record
from sweep.study.spec import StudySpec


def prepare_study(
    storage: SweepStorage,
    loaded: LoadedStudy,
    folder: StudyFolder,
    options: Options,
    resolved: Resolved,
    say: Say,
) -> AskedStudy:
    """The study with its sampler and enqueued trials; a second call changes nothing.

    Raises:
        StorageError: the study is another search, or its folder cannot be written to.
        StudyError: the search space is not the one that its trials were drawn from.
        UsageError: its folder holds trials that the study does not have.
    """
    spec = loaded.spec
    with turn(storage.engine, folder.name):
        refuse_unknown_trials(count_trials(storage, folder.name), folder)
        old = find_other(storage, options.begin_with, folder.name) if options.begin_with else None
        _make_folder(folder, loaded)
        study = open_study(storage, folder.name, spec, resolved.seed)
        check_unchanged(spec.search_space, folder.name, study.get_trials(deepcopy=False))
        study.sampler = resolved.sampler
        study.sampler_reads_pruned = resolved.sampler_reads_pruned
        if resolved.scheduler.to_json() != study.user_attrs.get(attrs.SCHEDULER, {}):
            study.set_user_attr(attrs.SCHEDULER, resolved.scheduler.to_json())
        study.repeats = resolved.repeats
        if resolved.repeats != kept_repeats(study.user_attrs):
            study.set_user_attr(attrs.REPEATS, resolved.repeats.to_json())
        study.constraints = resolved.constraints
        bounds = list(map(str, resolved.constraints))
        if bounds != study.user_attrs.get(attrs.CONSTRAINTS, []):
            study.set_user_attr(attrs.CONSTRAINTS, bounds)
        if (record := to_record(spec)) != study.user_attrs.get(attrs.PROGRAM):
            study.set_user_attr(attrs.PROGRAM, record)
        if loaded.sha256 != study.user_attrs.get(attrs.STUDY_SHA256):
            study.set_user_attr(attrs.STUDY_SHA256, loaded.sha256)
        cluster = None if spec.cluster is None else str(spec.cluster)
        if cluster != study.user_attrs.get(attrs.CLUSTER):
            study.set_user_attr(attrs.CLUSTER, cluster)
        if old is not None:
            _take_along(study, old, spec, say)
        for params in options.enqueue:
            study.enqueue_trial(own_values(params), skip_if_exists=True)
        if resolved.sampler_has_end:
            study.look_for_end()
    _keep_record(study, folder, spec)
    study.look_after(folder.folder)
    return study


def enqueue_for(
    study: AskedStudy, objective: Objective, options: Options, folder: StudyFolder
) -> int:
    """Enqueues trials to extend or retry; returns the number of configurations afterwards.

    Raises:
        UsageError: there is nothing to extend, to confirm, or to retry.
    """
    if options.extension is not None:
        extend(study, options.extension, objective, folder)
    if options.confirmation is not None:
        _check_complete(study, objective)
    if options.retry is not None:
        _enqueue_failed(study, options.retry)
    return sum(
        begins_configuration(trial)
        and (trial.state.is_finished() or attrs.RETRY_OF in trial.user_attrs)
        for trial in study.get_trials(deepcopy=False)
    )


def _check_complete(study: AskedStudy, objective: Objective) -> None:
    if not to_confirm(study.get_trials(deepcopy=False), 1, study.repeats, objective):
        kept = " that keeps its constraints" if study.constraints else ""
        raise UsageError(
            f"Study {study.study_name!r} has no complete trial{kept} to confirm: sweep it first."
        )


def _enqueue_failed(study: AskedStudy, reason: str) -> None:
    if study.enqueue_failed(reason) == 0:
        because = f" because of {reason!r}" if reason else ""
        raise UsageError(
            f"Study {study.study_name!r} has no trial that failed{because} and was not retried."
        )


def _take_along(study: AskedStudy, old: optuna.Study, spec: StudySpec, say: Say) -> None:
    n_taken, n_there = inherit(study, old, spec)
    others = "" if n_taken == n_there else " The others do not fit the search space or metrics."
    say(f"Copied {n_taken} of the {n_there} ended trials of study {old.study_name!r}.{others}")


def refuse_unknown_trials(n_known: int, folder: StudyFolder) -> None:
    """Checks that no new trial finds the checkpoints of another trial in its folder.

    Args:
        n_known: how many trials the study has in the database.
        folder: the folder of the study.

    Raises:
        UsageError: there is a folder of a trial that the study does not have.
    """
    unknown = [number for number in folder.trial_numbers() if number >= n_known]
    if unknown:
        fetch_record(folder.trial(unknown[0]))
        can_rebuild = not n_known and folder.trial(unknown[0]).params.exists()
        remedy = f"restore the study with `sweep rebuild {folder.name}`, " if can_rebuild else ""
        raise UsageError(
            f"{folder.address} holds the folder of trial {unknown[0]}, which the study in the "
            f"database does not have: {remedy}move the folder away, or choose another --name."
        )


def _keep_record(study: AskedStudy, folder: StudyFolder, spec: StudySpec) -> None:
    """Writes what `sweep rebuild` needs to know about the study beside its trials."""
    record = {
        "metrics": list(spec.metrics),
        "directions": list(spec.directions),
        "attrs": study.user_attrs,
    }
    try:
        write_json(folder.record, record)
    except OSError as error:
        raise StorageError(f"{folder.record} cannot be written: {error.strerror}.") from error


def _make_folder(folder: StudyFolder, loaded: LoadedStudy) -> None:
    try:
        folder.folder.mkdir(parents=True, exist_ok=True)
        if loaded.output:
            folder.load_log.write_text(loaded.output, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"The folder {folder.folder} cannot be written to: {error.strerror}. Choose another "
            "folder with --results."
        ) from error
