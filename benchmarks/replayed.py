"""A sweep over recorded trainings in virtual time: the real flow, but nothing is trained.

The flow, its verdicts, the schedulers, samplers and pruners are those of `sweep run`. The engine
has a virtual clock that jumps from one message to the next, and the study is in memory. There are
few configurations to choose from: one that comes up again is trained again with another seed.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optuna
from optuna.trial import TrialState
from recorded import METRIC, Training, Trainings

from sweep import StudySpec, TrialSpec, attrs, events
from sweep.engine.base import Engine, Take
from sweep.flow.interruption import Interruption
from sweep.flow.loop import Sweep
from sweep.flow.options import Options
from sweep.flow.resolve import find_pace, resolve
from sweep.flow.swept import SweptStudy
from sweep.flow.upkeep import Upkeep
from sweep.folder.layout import StudyFolder
from sweep.schedule.base import Scheduler
from sweep.schedule.enough import Enough
from sweep.schedule.objective import Objective
from sweep.schedule.plan import Plan
from sweep.storage.kept_study import KeptStudy
from sweep.storage.opening import create_study
from sweep.storage.study import AskedStudy
from sweep.study.loader import LoadedStudy
from sweep.trial.messages import Answer, Downward, Ended, Evaluated, Order, Started, Upward
from sweep.trial.outcome import AttemptState, Outcome

START = 0.05
"""Seconds until a freed slot runs its next attempt; `growth.py` measures them."""
NAME = "replayed"
ENDLESS = 10**6
ACCURACY = Objective((METRIC,), ("maximize",))


@dataclass(frozen=True)
class Method:
    """How a study is searched."""

    name: str
    sampler: Any = "random"
    pruner: Any = None
    scheduler: Scheduler | None = None
    n_evaluations: int | None = None
    """The number of evaluations in a whole training; None is as often as the study says."""
    objective: Objective = ACCURACY
    """What the search optimizes."""


@dataclass(frozen=True)
class Choice:
    """The choice of a search that ends after `seconds` or later."""

    seconds: float
    value: float
    """The value that the search saw."""
    true_mean: float


def search(
    trainings: Trainings, method: Method, seed: int, seconds: float, *, jobs: int, every: int
) -> list[Choice]:
    """Searches for one metric, as `replay` does; returns the choice at each moment."""
    listener = _Chooser(trainings)
    replay(trainings, method, seed, seconds, listener, jobs=jobs, every=every)
    return listener.choices


def replay(
    trainings: Trainings,
    method: Method,
    seed: int,
    seconds: float,
    listener: Callable[[float, events.Event], None],
    *,
    jobs: int,
    every: int,
) -> None:
    """Searches for this many virtual seconds.

    Args:
        trainings: the trainings to choose from.
        method: how to search.
        seed: the study's seed.
        seconds: when the search ends, whatever is running.
        listener: is called with the virtual time and each event.
        jobs: trainings at a time.
        every: the study's own steps between evaluations.
    """
    if method.n_evaluations is not None:
        every = round(trainings.max_steps / method.n_evaluations)
    spec = StudySpec(
        search_space=trainings.search_space,
        build=_build,
        metric=method.objective.metrics,
        direction=method.objective.directions,
    )
    options = Options(
        n_trials=ENDLESS,
        n_jobs=jobs,
        seed=seed,
        name=NAME,
        results=Path("/nonexistent"),
        sampler=method.sampler() if callable(method.sampler) else method.sampler,
        pruner=method.pruner,
        scheduler=method.scheduler,
        evaluate_every=every,
        duplicates="allow",
    )
    resolved = resolve(NAME, options, spec, KeptStudy())
    pace = find_pace(resolved, options, Started(trainings.max_steps, save_checkpoints_steps=every))
    study = _study_in_memory(spec, seed)
    study.sampler, study.pruner = resolved.sampler, pace.pruner
    study.sampler_reads_pruned = resolved.sampler_reads_pruned
    loaded, folder = LoadedStudy(spec, NAME, None), StudyFolder(Path("/nonexistent"), NAME)
    engine = _ReplayEngine(trainings, every, jobs, seconds)
    swept = SweptStudy(study, loaded, folder, options, resolved, pace, Upkeep())
    plan = Plan(resolved.scheduler, Enough(), ENDLESS, method.objective)
    with Interruption() as interruption:
        try:
            Sweep(swept, engine, plan, interruption, lambda e: listener(engine.now, e)).run()
        except _OutOfTimeError:
            return
    raise RuntimeError("The search ended before its time.")


def _build(params: dict[str, Any], config: Any) -> TrialSpec:
    raise AssertionError("nothing is trained")


class _OutOfTimeError(Exception):
    pass


@dataclass
class _Chooser:
    """Records the choice at each moment: the best complete trial so far."""

    trainings: Trainings
    choices: list[Choice] = field(default_factory=list)

    def __call__(self, now: float, event: events.Event) -> None:
        if isinstance(event, events.TrialEnded) and event.trial.state is TrialState.COMPLETE:
            value = event.trial.values[0]
            if not self.choices or value > self.choices[-1].value:
                true_mean = self.trainings.true_mean(event.trial.params)
                self.choices.append(Choice(now, value, true_mean))


Said = tuple[float, Upward]
"""The messages of an attempt, each with the seconds until it is sent."""


class _ReplayEngine(Engine):
    """Replays trainings, and delivers their messages in the order of virtual time."""

    def __init__(self, trainings: Trainings, every: int, n_slots: int, seconds: float) -> None:
        self.n_slots = n_slots
        self.now = 0.0
        self._trainings = trainings
        self._every = every
        self._seconds = seconds
        self._due: list[tuple[float, int, Upward]] = []
        self._attempts: dict[int, Iterator[Said]] = {}
        self._reached: dict[int, int] = {}
        """The index of the last evaluation of each trial that has ended."""
        self._pruned: set[int] = set()

    @property
    def has_free_slot(self) -> bool:
        return len(self._attempts) < self.n_slots

    def start(self, order: Order) -> None:
        self._attempts[order.number] = self._attempt(order)
        self._go_on(order.number)

    def listen(self, timeout: float, take: Take) -> None:
        now, number, message = heapq.heappop(self._due)
        if now > self._seconds:
            raise _OutOfTimeError
        self.now = now
        if isinstance(message, Ended):
            del self._attempts[number]
        take(number, message)
        if not isinstance(message, Ended):
            self._go_on(number)

    def answer(self, number: int, message: Downward) -> None:
        if isinstance(message, Answer) and message.prune:
            self._pruned.add(number)

    def kill(self, number: int) -> None:
        raise AssertionError("nothing is killed in virtual time")

    def _go_on(self, number: int) -> None:
        seconds, message = next(self._attempts[number])
        heapq.heappush(self._due, (self.now + seconds, number, message))

    def _attempt(self, order: Order) -> Iterator[Said]:
        training = self._trainings.training(order.params, order.seed % self._trainings.n_seeds)
        max_steps = self._trainings.max_steps
        at = self._reached[order.leg.continues] if order.leg.continues is not None else -1
        end = training.nearest(order.leg.share * max_steps)
        evaluated = {training.nearest(step) for step in range(self._every, max_steps, self._every)}
        yield START + training.cost.fixed, Started(int(training.steps[end]))
        evaluations: list[dict[str, Any]] = []
        for index in sorted({i for i in evaluated if at < i < end} | {end}):
            metrics = {METRIC: float(training.curve[index]), **training.others}
            metrics["global_step"] = _step(training, index)
            evaluations.append({"step": _step(training, index), **metrics})
            steps = training.steps[index] - (training.steps[at] if at >= 0 else 0)
            seconds = steps * training.cost.step + training.cost.evaluation
            yield seconds, Evaluated(_step(training, index), metrics)
            at = self._reached[order.number] = index
            if order.number in self._pruned:
                break
        is_last = end == len(training.steps) - 1
        state = AttemptState.COMPLETE if is_last else AttemptState.PAUSED
        if order.number in self._pruned:
            state = AttemptState.PRUNED
        yield 0.0, Ended(Outcome(state, metrics, evaluations=evaluations))


def _step(training: Training, index: int) -> int:
    return int(training.steps[index])


class _MemoryStorage(optuna.storages.InMemoryStorage):
    """Optuna's storage in memory, with the additional methods that a sweep needs."""

    engine = SimpleNamespace(dialect=SimpleNamespace(name="sqlite"))

    @contextmanager
    def params_at_once(self) -> Iterator[None]:
        yield

    def record(
        self,
        trial_id: int,
        user_attrs: Mapping[str, Any] | None = None,
        system_attrs: Mapping[str, Any] | None = None,
        intermediate_values: Mapping[int, float] | None = None,
    ) -> None:
        for name, value in (user_attrs or {}).items():
            self.set_trial_user_attr(trial_id, name, value)
        for name, value in (system_attrs or {}).items():
            self.set_trial_system_attr(trial_id, name, value)
        for step, value in (intermediate_values or {}).items():
            self.set_trial_intermediate_value(trial_id, step, value)


def _study_in_memory(spec: StudySpec, seed: int) -> AskedStudy:
    storage: Any = _MemoryStorage()
    study = create_study(storage, NAME, spec.metrics, spec.directions)
    study.set_user_attr(attrs.SEED, seed)
    return study
