"""From a study and options to a sweep that can begin: all that is checked before a row is written.

The order matters. The engine's server is forked while nothing but imports has happened; a first
child of it builds one trial while this process opens the database; only then is the study touched.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
from optuna.pruners import BasePruner, NopPruner
from optuna.samplers import BaseSampler

from sweep import events, location
from sweep.engine.forking import forking_is_safe
from sweep.engine.local import LocalEngine
from sweep.engine.slots import Machine, divide
from sweep.errors import StudyError, UsageError
from sweep.flow.loop import SECONDS_BETWEEN_LOOKS, Sweep
from sweep.flow.options import Options
from sweep.flow.prepare import check_scheduler, find_scheduler, find_total, prepare_study
from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.schedule.base import Whole
from sweep.schedule.kept import check_steps, kept_scheduler, shortfall
from sweep.schedule.population import Population
from sweep.search.evaluation_interval import Pace, find_pace
from sweep.search.pruners import make_pruner
from sweep.search.samplers import GRID, is_grid, make_sampler
from sweep.search.space import check_given, check_grid, example_params
from sweep.storage.backlog import patiently
from sweep.storage.database import open_for_sweep
from sweep.storage.lock import sole_sweep
from sweep.storage.study import AskedStudy, study_attrs
from sweep.study.loader import LoadedStudy, refuse_while_loading, take_study
from sweep.study.spec import StudySpec
from sweep.trial.messages import Ended, Order, Outcome, Started
from sweep.trial.process import Runner, run_order

CHECKED_EXAMPLES = 3


def run(
    study: StudySpec | str | Path, *, listener: events.Listener | None = None, **options: Any
) -> optuna.Study:
    """Sweeps a study until it has its trials, and returns the Optuna study.

    Args:
        study: a StudySpec, the path of a study file, or the name of one in `studies/`.
        listener: is called with every event of the sweep.
        **options: the fields of `sweep.flow.options.Options`, which says what each of them is:
            n_trials, n_jobs, seed, sampler, pruner, scheduler, results and so on.

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
    spec, paths = loaded.spec, StudyFolder(Path(options.results), options.name or loaded.name)
    slots = divide(Machine.here(), options.n_jobs)
    sampler = options.sampler or spec.sampler
    with (
        tempfile.TemporaryDirectory() as scratch,
        LocalEngine(_how_to_start(loaded, listener), slots, options.limits, runner) as engine,
    ):
        # The check runs in a process of its own while this one opens the database.
        check = _Check(engine, spec, TrialFolder(Path(scratch)), options.evaluate_every)
        check.begin()
        _check_options(spec, options, sampler, paths.name)

        def say(text: str) -> None:
            listener(events.Notice(text))

        storage = patiently(lambda: open_for_sweep(options.storage_url), say)
        attrs = patiently(lambda: study_attrs(storage, paths.name), say)
        scheduler = find_scheduler(paths.name, spec, options, attrs)
        declared = spec.pruner if isinstance(scheduler, Whole) else None
        pruner = make_pruner(options.pruner or declared, len(spec.metrics))
        pace = _pace(check.finish(), options, pruner)
        check_steps(scheduler, pace.max_steps)
        options = replace(options, evaluate_every=pace.evaluate_every)
        with sole_sweep(options.storage_url, paths.name):
            study = patiently(lambda: prepare_study(storage, loaded, paths, options, say), say)
            scheduler = kept_scheduler(study.user_attrs)
            if isinstance(scheduler, Whole):
                study.pruner = make_pruner(options.pruner or declared, len(spec.metrics), pace)
            total = find_total(study, spec, options, scheduler, paths)
            if options.retry is None and (lacking := shortfall(scheduler, total)):
                say(lacking)
            sweep = Sweep(study, engine, loaded, paths, options, scheduler, listener)
            sweep.run(total, len(slots))
    return study


def _pace(built: Started, options: Options, pruner: BasePruner) -> Pace:
    """How often trials are evaluated, by a first one that was built."""
    return find_pace(
        built.max_steps,
        built.save_checkpoints_steps,
        built.save_checkpoints_secs,
        wanted=options.evaluate_every,
        pruner=None if isinstance(pruner, NopPruner) else type(pruner).__name__,
    )


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


def _check_options(
    spec: StudySpec, options: Options, sampler: str | BaseSampler | None, name: str
) -> None:
    if options.n_trials is not None and options.n_trials < 1:
        raise UsageError(f"A study has at least one trial, but got n_trials={options.n_trials}.")
    if (scheduler := options.scheduler or spec.scheduler) is not None:
        check_scheduler(scheduler, spec, options, name)
    if options.extension is not None and (options.enqueue or options.fixed or options.begin_with):
        raise UsageError(
            "An extension trains the best of the study with the params that they have: leave "
            "--enqueue, --param and --from out."
        )
    if options.extension is not None and len(spec.metrics) > 1:
        raise UsageError(
            f"Which of {len(spec.metrics)} metrics shall say which trials are trained further? "
            "Only those of a study of one can be."
        )
    if options.target is not None and not math.isfinite(options.target):
        raise UsageError(f"No trial can reach a --target of {options.target}: give a number.")
    if len(spec.metrics) > 1 and (options.patience, options.target) != (None, None):
        raise UsageError(
            f"--patience and --target need one value a trial, but this study has "
            f"{len(spec.metrics)} metrics: use --trials, --timeout or --total-steps."
        )
    make_sampler(sampler, 0, options.fixed)
    make_pruner(options.pruner or spec.pruner, len(spec.metrics))
    if is_grid(sampler) and options.fixed:
        raise UsageError(
            "A grid tries every combination, which --param cannot narrow: narrow the search space "
            "in the study file, or choose another sampler."
        )
    if is_grid(sampler) and isinstance(scheduler, Population):
        raise UsageError(
            "A grid may end before a population has its members: leave the sampler out, or the "
            "population."
        )
    if sampler == GRID:
        check_grid(spec.search_space)
    check_given(spec.search_space, options.fixed, "--param")
    for params in options.enqueue:
        check_given(spec.search_space, params, "--enqueue")
        for name in params.keys() & options.fixed.keys():
            raise UsageError(
                f"--enqueue gives {name}={params[name]!r}, but --param holds it at "
                f"{options.fixed[name]!r}: leave one of them out."
            )


class _Check:
    """Builds a trial without training it, to find what is wrong with the study before it is swept.

    An exception in `build` may come from the params, so it counts when several are no better.
    """

    def __init__(
        self, engine: LocalEngine, spec: StudySpec, paths: TrialFolder, evaluate_every: int | None
    ) -> None:
        self._engine = engine
        self._spec = spec
        self._paths = paths
        self._evaluate_every = evaluate_every
        self._examples = example_params(spec.search_space, CHECKED_EXAMPLES)
        self._built = Started(None)

    def begin(self) -> None:
        """Starts a process that builds a trial from the next example."""
        params = self._examples.pop()
        order = Order(
            -1, 1, params, 0, self._paths, evaluate_every=self._evaluate_every, check_only=True
        )
        self._engine.start(order)

    def finish(self) -> Started:
        """Waits for what the process has found, and returns how the trial would be trained.

        Raises:
            StudyError: no trial of the study can be trained.
        """
        outcome = self._wait()
        while str(outcome.failure).startswith("exception: ") and self._examples:
            self.begin()
            outcome = self._wait()
        if outcome.failure is None:
            return self._built
        where = location.of_function(self._spec.build)
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
                if isinstance(message, Started):
                    self._built = message
                if isinstance(message, Ended):
                    return message.outcome
