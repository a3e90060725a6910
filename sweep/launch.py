"""From a study and options to a sweep that can begin: all that is checked before a row is written.

The order matters. The engine's server is forked while nothing but imports has happened; a first
child of it builds one trial while this process opens the database; only then is the study touched.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import optuna
from optuna.samplers import BaseSampler

from sweep import events
from sweep.engine.local import LocalEngine
from sweep.engine.slots import Machine, divide
from sweep.errors import StorageError, StudyError, UsageError
from sweep.estimator.runtime import forking_is_safe
from sweep.flow import SECONDS_BETWEEN_LOOKS, Sweep
from sweep.inheritance import inherit
from sweep.options import Options
from sweep.paths import StudyPaths, TrialPaths
from sweep.search.pruners import make_pruner
from sweep.search.samplers import GRID, is_grid, make_sampler
from sweep.search.seeds import sampler_seed
from sweep.search.space import check_given, check_grid, check_unchanged, example_params
from sweep.storage.database import open_for_sweep
from sweep.storage.lock import sole_sweep, turn
from sweep.storage.patience import Say, patiently
from sweep.storage.rows import SweepStorage
from sweep.storage.study import SEED, AskedStudy, count_trials, find_other, open_study
from sweep.study import place
from sweep.study.loader import LoadedStudy, refuse_while_loading, take_study
from sweep.study.spec import StudySpec
from sweep.trial.messages import Ended, Order, Outcome
from sweep.trial.process import Runner, run_order

CHECKED_EXAMPLES = 3


def run(
    study: StudySpec | str | Path, *, listener: events.Listener | None = None, **options: Any
) -> optuna.Study:
    """Sweeps a study until it has its trials, and returns the Optuna study.

    Args:
        study: a StudySpec, the path of a study file, or the name of one in `studies/`.
        listener: is called with every event of the sweep.
        **options: the fields of `sweep.options.Options`: n_trials, n_jobs, seed, name, results,
            storage, sampler, pruner, retries, trial_timeout, stall_timeout, memory_limit,
            timeout, begin_with, fixed, enqueue.

    Raises:
        SweepError: something a person can mend; the message says what and how.
    """
    refuse_while_loading()
    settings = Options(**options)
    return sweep_study(take_study(study), settings, listener or (lambda event: None))


def sweep_study(
    loaded: LoadedStudy,
    options: Options,
    listener: events.Listener,
    runner: Runner = run_order,
) -> AskedStudy:
    """Sweeps a loaded study; see `run`.

    `runner` is what a trial's process does with its order. Another than the default takes the
    place of Estimator, to try out or to measure a sweep by itself; it needs forking.
    """
    spec, paths = loaded.spec, StudyPaths(Path(options.results), options.name or loaded.name)
    slots = divide(Machine.here(), options.n_jobs)
    sampler = options.sampler or spec.sampler
    with (
        tempfile.TemporaryDirectory() as scratch,
        LocalEngine(_how_to_start(loaded, listener), slots, options.limits, runner) as engine,
    ):
        # The check runs in a process of its own while this one opens the database.
        check = _Check(engine, spec, TrialPaths(Path(scratch)))
        check.begin()
        _check_options(spec, options, sampler)
        pruner = make_pruner(options.pruner or spec.pruner, len(spec.metrics))

        def say(text: str) -> None:
            listener(events.Notice(text))

        storage = patiently(lambda: open_for_sweep(options.storage_url), say)
        check.finish()
        with sole_sweep(options.storage_url, paths.name):
            study = patiently(lambda: _prepare_study(storage, loaded, paths, options, say), say)
            study.pruner = pruner
            sweep = Sweep(study, engine, loaded, paths, options, listener)
            sweep.run(_total(study, options) or spec.n_trials, len(slots))
    return study


def _prepare_study(
    storage: SweepStorage, loaded: LoadedStudy, paths: StudyPaths, options: Options, say: Say
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
        check_unchanged(spec, paths.name, study.get_trials(deepcopy=False))
        study.sampler = make_sampler(
            sampler, sampler_seed(study.user_attrs[SEED], n_known), options.fixed
        )
        if old is not None:
            _take_along(study, old, spec, say)
        for params in options.enqueue:
            study.enqueue_trial(dict(params), skip_if_exists=True)
        if is_grid(sampler):
            study.look_for_end()
    return study


def _take_along(study: AskedStudy, old: optuna.Study, spec: StudySpec, say: Say) -> None:
    n_taken, n_there = inherit(study, old, spec)
    others = "" if n_taken == n_there else " The others do not fit the search space or metrics."
    say(f"Took {n_taken} of the {n_there} ended trials of study {old.study_name!r} along.{others}")


def _total(study: AskedStudy, options: Options) -> int | None:
    """The trials that the study shall have; None leaves it to the study file."""
    if options.retry is None:
        return options.n_trials
    n_failed = study.enqueue_failed(options.retry)
    if n_failed == 0:
        reason = f" because of {options.retry!r}" if options.retry else ""
        raise UsageError(
            f"Study {study.study_name!r} has no trial that failed{reason} and was not tried again."
        )
    return n_failed + sum(trial.state.is_finished() for trial in study.get_trials(deepcopy=False))


def _refuse_unknown_trials(paths: StudyPaths, folders: list[int], n_known: int) -> None:
    """A new trial must not find the checkpoints of another in its folder."""
    unknown = [number for number in folders if number >= n_known]
    if unknown:
        raise UsageError(
            f"{paths.folder} holds the folder of trial {unknown[0]}, which the study in the "
            "database does not have: move the folder away, or choose another --name."
        )


def _make_folder(paths: StudyPaths, loaded: LoadedStudy) -> None:
    try:
        paths.folder.mkdir(parents=True, exist_ok=True)
        if loaded.output:
            paths.load_log.write_text(loaded.output, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"The folder {paths.folder} cannot be written to: {error.strerror}. Choose another "
            "with --results."
        ) from error


def _how_to_start(loaded: LoadedStudy, listener: events.Listener) -> StudySpec | Path:
    """The study itself where attempts can be forked with it, else the file they load it from."""
    if forking_is_safe():
        return loaded.spec
    if loaded.file is None:
        raise StudyError(
            "TensorFlow's runtime has been started in this process and the study was declared in "
            "no file, so no trial can be given a process: put the study in a file of its own, or "
            "sweep before anything is computed."
        )
    listener(
        events.Notice(
            f"{loaded.file} starts TensorFlow's runtime while it is loaded, so trials cannot be "
            "forked and each imports TensorFlow anew, which takes some seconds. Move what "
            "computes tensors or opens sessions into `build` or an input_fn."
        )
    )
    return loaded.file


def _check_options(spec: StudySpec, options: Options, sampler: str | BaseSampler | None) -> None:
    if options.n_trials is not None and options.n_trials < 1:
        raise UsageError(f"A study has at least one trial, but got n_trials={options.n_trials}.")
    make_sampler(sampler, 0, options.fixed)
    if is_grid(sampler) and options.fixed:
        raise UsageError(
            "A grid tries every combination, which --param cannot narrow: narrow the search space "
            "in the study file, or choose another sampler."
        )
    if sampler == GRID:
        check_grid(spec)
    check_given(spec, options.fixed, "--param")
    for params in options.enqueue:
        check_given(spec, params, "--enqueue")
        for name in params.keys() & options.fixed.keys():
            raise UsageError(
                f"--enqueue gives {name}={params[name]!r}, but --param holds it at "
                f"{options.fixed[name]!r}: leave one of them out."
            )


class _Check:
    """Builds a trial without training it, to find what is wrong with the study before it is swept.

    An exception in `build` may come from the params, so it counts when several are no better.
    """

    def __init__(self, engine: LocalEngine, spec: StudySpec, paths: TrialPaths) -> None:
        self._engine = engine
        self._spec = spec
        self._paths = paths
        self._examples = example_params(spec, CHECKED_EXAMPLES)

    def begin(self) -> None:
        """Starts a process that builds a trial from the next example."""
        params = self._examples.pop()
        self._engine.start(Order(-1, 1, params, 0, self._paths, check_only=True))

    def finish(self) -> None:
        """Waits for what the process has found.

        Raises:
            StudyError: no trial of the study can be trained.
        """
        outcome = self._wait()
        while str(outcome.failure).startswith("exception: ") and self._examples:
            self.begin()
            outcome = self._wait()
        if outcome.failure is None:
            return
        where = place.of_function(self._spec.build)
        if outcome.process_was_lost:
            last_words = self._paths.log.read_text(errors="replace").strip().splitlines()[-1:]
            raise StudyError(
                f"{where}: the process that built a first trial was lost ({outcome.failure}). "
                f"It printed last: {''.join(last_words) or 'nothing'}"
            )
        if outcome.failure.startswith("exception: "):
            raise StudyError(
                f"{where}: `build` raises whatever the params: "
                f"{outcome.failure.removeprefix('exception: ')}"
            )
        raise StudyError(outcome.failure)

    def _wait(self) -> Outcome:
        while True:
            for _, message in self._engine.events(SECONDS_BETWEEN_LOOKS):
                if isinstance(message, Ended):
                    return message.outcome
