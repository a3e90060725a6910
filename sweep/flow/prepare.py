"""The study made ready for a sweep: with its sampler, its scheduler and what is enqueued."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna

from sweep import attrs
from sweep.errors import StorageError, UsageError
from sweep.flow.extension import extend
from sweep.flow.inheritance import inherit
from sweep.flow.options import Options
from sweep.folder.layout import StudyFolder
from sweep.schedule.base import Scheduler, Whole, is_continuation
from sweep.schedule.kept import agree, describe
from sweep.schedule.population import Population
from sweep.schedule.replay import Replay
from sweep.schedule.rungs import Rungs
from sweep.search.samplers import is_grid, make_sampler
from sweep.search.seeds import sampler_seed
from sweep.search.space import check_names, check_unchanged
from sweep.storage.backlog import Say
from sweep.storage.lock import turn
from sweep.storage.study import AskedStudy, count_trials, find_other, open_study
from sweep.storage.sweep_storage import SweepStorage
from sweep.study.loader import LoadedStudy
from sweep.study.spec import StudySpec


def check_scheduler(scheduler: Scheduler, spec: StudySpec, options: Options, name: str) -> None:
    """Sees that a scheduler goes with the study called `name`, and with what else is asked for.

    Raises:
        UsageError: it does not.
    """
    if not isinstance(scheduler, Rungs | Population | Replay):
        raise UsageError(
            f"A scheduler is sweep.Rungs(…) or sweep.Population(…), but got {scheduler!r}."
        )
    if options.pruner not in (None, "none"):
        raise UsageError(
            f"With {describe(scheduler)}, trials end early by that, and a pruner has nothing to "
            "do: leave one of them out."
        )
    if len(spec.metrics) > 1:
        raise UsageError(
            f"Which of {len(spec.metrics)} metrics shall decide how far a trial is trained? Rungs "
            "and populations need a study of one."
        )
    n_members = scheduler.n_configurations
    if n_members is not None and options.n_trials not in (None, n_members):
        raise UsageError(
            f"With {describe(scheduler)}, study {name!r} has {n_members} configuration"
            f"{'s' * (n_members > 1)}, but got n_trials={options.n_trials}: leave --trials out."
        )
    if n_members is not None and options.begin_with is not None:
        raise UsageError(
            f"With {describe(scheduler)}, all of them are trained in the study itself, so that it "
            f"can begin with no trials of {options.begin_with!r}: leave --from out."
        )
    if isinstance(scheduler, Population):
        check_names(spec.search_space, scheduler.explore, "--explore")
        _check_held(scheduler, options)


def _check_held(population: Population, options: Options) -> None:
    for name in options.fixed:
        if name in population.explore or not population.explore:
            raise UsageError(
                f"--param holds {name}, which the population may vary: name the params that it "
                f"shall vary, without {name}, with --explore."
            )


def find_scheduler(
    name: str,
    spec: StudySpec,
    options: Options,
    study_attrs: Mapping[str, Any],
    *,
    has_trials: bool = False,
) -> Scheduler:
    """What is asked for, or what the study has kept among its user attributes, or its file says.

    Raises:
        UsageError: what is asked for is something else than what the study's trials were made by.
    """
    kept = study_attrs.get(attrs.SCHEDULER, {})
    chosen = options.scheduler or (None if kept else spec.scheduler)
    return agree(name, chosen, kept, has_trials=has_trials)


def prepare_study(
    storage: SweepStorage, loaded: LoadedStudy, paths: StudyFolder, options: Options, say: Say
) -> AskedStudy:
    """The study with its sampler and what is enqueued; done again it changes nothing."""
    spec = loaded.spec
    sampler = options.sampler or spec.sampler
    with turn(storage.engine, paths.name):
        folders = paths.trial_numbers()
        n_known = count_trials(storage, paths.name)
        _refuse_unknown_trials(paths, folders, n_known)
        old = find_other(storage, options.begin_with, paths.name) if options.begin_with else None
        _make_folder(paths, loaded)
        study = open_study(storage, paths.name, spec, options.seed)
        check_unchanged(spec.search_space, paths.name, study.get_trials(deepcopy=False))
        study.sampler = make_sampler(
            sampler, sampler_seed(study.user_attrs[attrs.SEED], n_known), options.fixed
        )
        _agree_on_scheduler(study, spec, options, say)
        if old is not None:
            _take_along(study, old, spec, say)
        for params in options.enqueue:
            study.enqueue_trial(dict(params), skip_if_exists=True)
        if is_grid(sampler):
            study.look_for_end()
    return study


def find_total(
    study: AskedStudy,
    spec: StudySpec,
    options: Options,
    scheduler: Scheduler,
    paths: StudyFolder,
) -> int:
    """The configurations that the study shall have; what is to be run again is enqueued for it.

    Raises:
        UsageError: there is nothing to retry or to extend.
    """
    if options.extension is not None:
        extend(study, options.extension, spec.directions[0] == "maximize", paths)
        return _count_configurations(study)
    if options.retry is not None:
        _enqueue_failed(study, options.retry)
        return _count_configurations(study)
    return scheduler.n_configurations or options.n_trials or spec.n_trials


def _enqueue_failed(study: AskedStudy, reason: str) -> None:
    if study.enqueue_failed(reason) == 0:
        because = f" because of {reason!r}" if reason else ""
        raise UsageError(
            f"Study {study.study_name!r} has no trial that failed{because} and was not tried again."
        )


def _count_configurations(study: AskedStudy) -> int:
    """Those that have ended, and those that are to be tried again."""
    return sum(
        not is_continuation(trial)
        and (trial.state.is_finished() or attrs.RETRY_OF in trial.user_attrs)
        for trial in study.get_trials(deepcopy=False)
    )


def _take_along(study: AskedStudy, old: optuna.Study, spec: StudySpec, say: Say) -> None:
    n_taken, n_there = inherit(study, old, spec)
    others = "" if n_taken == n_there else " The others do not fit the search space or metrics."
    say(f"Took {n_taken} of the {n_there} ended trials of study {old.study_name!r} along.{others}")


def _agree_on_scheduler(study: AskedStudy, spec: StudySpec, options: Options, say: Say) -> None:
    study_attrs = study.user_attrs
    has_trials = len(study.get_trials(deepcopy=False)) > 0
    scheduler = find_scheduler(study.study_name, spec, options, study_attrs, has_trials=has_trials)
    if not isinstance(scheduler, Whole):
        check_scheduler(scheduler, spec, options, study.study_name)
    declared = spec.scheduler if options.scheduler is None else None
    if declared is not None and declared.to_json() != scheduler.to_json():
        say(
            f"Study {study.study_name!r} goes on with {describe(scheduler)}, as it was begun; the "
            f"study file says {describe(declared)} now, which another study would be begun with."
        )
    if scheduler.to_json() != study_attrs.get(attrs.SCHEDULER, {}):
        study.set_user_attr(attrs.SCHEDULER, scheduler.to_json())


def _refuse_unknown_trials(paths: StudyFolder, folders: list[int], n_known: int) -> None:
    """A new trial must not find the checkpoints of another in its folder."""
    unknown = [number for number in folders if number >= n_known]
    if unknown:
        raise UsageError(
            f"{paths.folder} holds the folder of trial {unknown[0]}, which the study in the "
            "database does not have: move the folder away, or choose another --name."
        )


def _make_folder(paths: StudyFolder, loaded: LoadedStudy) -> None:
    try:
        paths.folder.mkdir(parents=True, exist_ok=True)
        if loaded.output:
            paths.load_log.write_text(loaded.output, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"The folder {paths.folder} cannot be written to: {error.strerror}. Choose another "
            "with --results."
        ) from error
