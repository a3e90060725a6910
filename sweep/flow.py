"""The main flow: ask Optuna for params, start an attempt, take its messages, tell the study.

This process alone asks, reports and tells; trials speak to it through the engine and never to
the database. Nothing is printed here: whoever listens to the events shows them.
"""

from __future__ import annotations

import math
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState

from sweep import events
from sweep.engine.local import LocalEngine
from sweep.engine.slots import Machine, divide
from sweep.errors import Interrupted, StorageError, StudyError, UsageError
from sweep.estimator.runtime import forking_is_safe
from sweep.interruption import Interruption
from sweep.options import Options
from sweep.paths import StudyPaths, TrialPaths, write_json
from sweep.search.pruners import make_pruner
from sweep.search.samplers import make_sampler
from sweep.search.seeds import sampler_seed, trial_seed
from sweep.search.space import check_given, example_params, suggest
from sweep.storage.database import open_for_sweep
from sweep.storage.study import SEED, AskedStudy, open_study
from sweep.study.loader import LoadedStudy, declared_study, find_study, load_study
from sweep.study.spec import StudySpec
from sweep.trial.messages import (
    Answer,
    Ended,
    Evaluated,
    Order,
    Outcome,
    Progressed,
    Started,
    Stop,
    Upward,
)
from sweep.trial.process import Runner, run_order

SECONDS_BETWEEN_LOOKS = 0.2


def run(
    study: StudySpec | str | Path, *, listener: events.Listener | None = None, **options: Any
) -> optuna.Study:
    """Sweeps a study until it has its trials, and returns the Optuna study.

    Args:
        study: a StudySpec, the path of a study file, or the name of one in `studies/`.
        listener: is called with every event of the sweep.
        **options: the fields of `sweep.options.Options`: n_trials, n_jobs, seed, name, results,
            storage, sampler, pruner, fixed, enqueue.

    Raises:
        SweepError: something a person can mend; the message says what and how.
    """
    settings = Options(**options)
    if isinstance(study, StudySpec):
        loaded = declared_study(study)
    else:
        loaded = load_study(find_study(str(study)))
    return sweep_study(loaded, settings, listener or (lambda event: None))


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
    with LocalEngine(_how_to_start(loaded, listener), slots, runner) as engine:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            # The check runs in a process of its own while this one opens the database.
            engine.start(_check_order(spec, TrialPaths(Path(scratch))))
            _check_options(spec, options)
            pruner = make_pruner(options.pruner or spec.pruner, len(spec.metrics))
            storage = open_for_sweep(options.storage_url)
            _await_check(engine)
        study = open_study(storage, paths.name, spec, options.seed)
        study.pruner = pruner
        study.sampler = make_sampler(
            options.sampler or spec.sampler,
            sampler_seed(study.user_attrs[SEED], len(study.get_trials(deepcopy=False))),
            options.fixed,
        )
        for params in options.enqueue:
            study.enqueue_trial(dict(params), skip_if_exists=True)
        sweep = _Sweep(study, engine, loaded, paths, listener)
        sweep.run(options.n_trials or spec.n_trials, len(slots))
    return study


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


def _check_options(spec: StudySpec, options: Options) -> None:
    if options.n_trials is not None and options.n_trials < 1:
        raise UsageError(f"A study has at least one trial, but got n_trials={options.n_trials}.")
    make_sampler(options.sampler or spec.sampler, 0, options.fixed)
    check_given(spec, options.fixed, "--param")
    for params in options.enqueue:
        check_given(spec, params, "--enqueue")


def _check_order(spec: StudySpec, paths: TrialPaths) -> Order:
    return Order(
        number=-1, attempt=1, params=example_params(spec), seed=0, paths=paths, check_only=True
    )


def _await_check(engine: LocalEngine) -> None:
    while True:
        for _, message in engine.events(SECONDS_BETWEEN_LOOKS):
            if isinstance(message, Ended):
                if message.outcome.state != "COMPLETE":
                    raise StudyError(message.outcome.failure)
                return


class _Sweep:
    """One study being swept by one process."""

    def __init__(
        self,
        study: AskedStudy,
        engine: LocalEngine,
        loaded: LoadedStudy,
        paths: StudyPaths,
        listener: events.Listener,
    ) -> None:
        self._study = study
        self._engine = engine
        self._spec = loaded.spec
        self._loaded = loaded
        self._paths = paths
        self._say = listener
        self._running: dict[int, _Running] = {}
        self._n_missing = 0
        self._interruption = Interruption()
        self._n_heeded = 0

    def run(self, n_trials: int, n_jobs: int) -> None:
        """Asks until the study has `n_trials` finished trials and none is running."""
        self._begin(n_trials, n_jobs)
        with self._interruption:
            try:
                while self._running or self._may_ask():
                    while self._may_ask() and self._engine.has_free_slot:
                        self._start_next()
                    for number, message in self._engine.events(SECONDS_BETWEEN_LOOKS):
                        self._take(number, message)
                    self._heed_interruption()
            finally:
                for number in self._running:
                    self._study.put_back(number)
        if self._interruption.signal is not None:
            raise Interrupted(
                f"Interrupted by {self._interruption.signal.name}. Nothing that a checkpoint holds "
                "is lost: the same command goes on from here.",
                self._interruption.signal,
            )

    def _begin(self, n_trials: int, n_jobs: int) -> None:
        trials = self._study.get_trials()
        unknown = [n for n in self._paths.trial_numbers() if n >= len(trials)]
        if unknown:
            raise UsageError(
                f"{self._paths.folder} holds the folder of trial {unknown[0]}, which the study in "
                "the database does not have: move the folder away, or choose another --name."
            )
        self._make_folder()
        finished = tuple(trial for trial in trials if trial.state.is_finished())
        self._n_missing = n_trials - len(finished)
        self._say(
            events.SweepStarted(
                study_name=self._study.study_name,
                metrics=self._spec.metrics,
                directions=self._spec.directions,
                folder=self._paths.folder,
                n_trials=n_trials,
                finished=finished,
                n_jobs=n_jobs,
            )
        )

    def _make_folder(self) -> None:
        try:
            self._paths.folder.mkdir(parents=True, exist_ok=True)
            if self._loaded.output:
                self._paths.load_log.write_text(self._loaded.output)
        except OSError as error:
            raise StorageError(
                f"The folder {self._paths.folder} cannot be written to: {error.strerror}. Choose "
                "another with --results."
            ) from error

    def _may_ask(self) -> bool:
        return (
            self._n_missing > 0 and not self._study.exhausted and self._interruption.signal is None
        )

    def _start_next(self) -> None:
        trial = self._study.ask()
        self._n_missing -= 1
        paths = self._paths.trial(trial.number)
        seed = trial_seed(self._study.user_attrs[SEED], trial.number)
        attempt = trial.user_attrs.get("attempts", 0) + 1
        _set_attrs(trial, attempts=attempt, seed=seed, model_dir=str(paths.model_dir))
        self._running[trial.number] = _Running(trial)
        try:
            params = suggest(self._spec, trial)
        except StudyError as error:
            self._end(trial.number, Outcome("FAIL", failure=f"exception: {error}"))
            return
        self._say(events.TrialStarted(trial.number, attempt, trial.params))
        paths.folder.mkdir(parents=True, exist_ok=True)
        identity = {"number": trial.number, "seed": seed, "study_file_sha256": self._loaded.sha256}
        write_json(paths.params, {**identity, "params": params})
        self._engine.start(Order(trial.number, attempt, params, seed, paths))

    def _take(self, number: int, message: Upward) -> None:
        running = self._running[number]
        match message:
            case Started(max_steps):
                running.max_steps = max_steps
                self._say(events.TrialProgressed(number, 0, max_steps))
            case Progressed(step):
                self._say(events.TrialProgressed(number, step, running.max_steps))
            case Evaluated(step, metrics):
                prune = self._report(running.trial, step, metrics)
                self._engine.answer(number, Answer(prune))
                self._say(events.TrialEvaluated(number, step, metrics))
            case Ended(outcome):
                self._end(number, outcome)

    def _report(self, trial: optuna.Trial, step: int, metrics: Mapping[str, Any]) -> bool:
        """Reports an evaluation to the study; returns whether the pruner gives the trial up."""
        value = metrics.get(self._spec.metrics[0])
        if len(self._spec.metrics) > 1 or not isinstance(value, int | float):
            return False
        trial.report(value, step)
        return trial.should_prune()

    def _end(self, number: int, outcome: Outcome) -> None:
        """The one place where an attempt's outcome reaches the study."""
        trial = self._running[number].trial
        if outcome.state == "WAITING" or self._was_killed_by_us(outcome):
            ended = self._study.put_back(number)
            self._n_missing += 1
        else:
            _set_attrs(trial, **_described(outcome))
            complete = outcome.state == "COMPLETE"
            ended = self._study.tell(
                trial,
                [outcome.metrics[name] for name in self._spec.metrics] if complete else None,
                TrialState[outcome.state],
                skip_if_finished=True,
            )
        del self._running[number]
        self._say(events.TrialEnded(ended))

    def _heed_interruption(self) -> None:
        """The first signal lets trials save a checkpoint and end, the second kills them."""
        while self._n_heeded < self._interruption.count:
            self._n_heeded += 1
            if self._n_heeded == 1:
                for number in self._running:
                    self._engine.answer(number, Stop())
                self._say(
                    events.Notice(
                        f"Stopping: {len(self._running)} running trial(s) save a checkpoint and "
                        "end. Interrupt again to end them at once."
                    )
                )
            else:
                self._engine.kill()

    def _was_killed_by_us(self, outcome: Outcome) -> bool:
        return self._n_heeded > 1 and (outcome.failure or "").startswith("signal: ")


def _set_attrs(trial: optuna.Trial, **attrs: Any) -> None:
    for name, value in attrs.items():
        trial.set_user_attr(name, value)


def _described(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the trial's user attributes."""
    attrs: dict[str, Any] = {f"metrics_{name}": _storable(v) for name, v in outcome.metrics.items()}
    attrs |= {f"{phase}_seconds": seconds for phase, seconds in outcome.seconds.items()}
    attrs["host"] = platform.node()
    if outcome.failure is not None:
        attrs["failure"] = outcome.failure
    return attrs


def _storable(value: Any) -> Any:
    """A metric as strict JSON has it: NaN and the infinities become words."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


@dataclass
class _Running:
    """A trial that has an attempt under way."""

    trial: optuna.Trial
    max_steps: int | None = None
