"""The state of a running sweep, updated by its events. Other modules show it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from sweep import attrs, events
from sweep.schedule.base import begins_configuration, configuration, is_paused, is_repeat
from sweep.schedule.objective import Objective, is_feasible, violation
from sweep.schedule.repeats import Repeats, as_configurations
from sweep.search.constraints import parse_constraints
from sweep.search.front import Front

_ENDS = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}
ENDS = ("complete", "paused", "pruned", "failed")
"""The ways in which a trial can end, in the words of the screen."""


@dataclass
class RunningTrial:
    """What is known about a running trial."""

    params: Mapping[str, Any]
    step: int = 0
    max_steps: int | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    n_batches: int | None = None
    """How many batches the current evaluation has done, if it has run for a while."""
    steps: int | None = None
    """How many batches it does at most, if that is known."""
    host: str = ""
    """The machine that it runs on, if there are several."""


class Score:
    """Counts, the best trial and the running trials, after the last event."""

    def __init__(self, start: events.SweepStarted) -> None:
        self.study_name = start.study_name
        self.metrics = start.metrics
        self.folder: Path = start.folder
        self.n_trials = start.n_trials
        self.can_grow = start.can_grow
        self.running: dict[int, RunningTrial] = {}
        self.slots: Mapping[str, int] = {}
        """How many trials run at a time on each machine, if there are several."""
        self.n_finished = 0
        """How many configurations have ended, or are paused."""
        self.waiting = set(start.waiting)
        """The numbers of the trials that wait to start or to continue."""
        self.failures: list[str] = []
        self._failed: set[int] = set()
        self._tried_again: set[int] = set()
        self._ends: Counter[str] = Counter()
        self.n_started = 0
        """How many attempts this run has started."""
        self.n_ended = 0
        """How many trials this run has ended."""
        self.most_trainings = start.most_trainings
        self.constraints = parse_constraints(start.constraints)
        self._directions = start.directions
        self._repeats = Repeats(by=start.aggregate)
        self._front: Front[FrozenTrial] = Front(start.directions)
        self._complete: list[FrozenTrial] = []
        """The complete trials of configurations, including those that repeat them."""
        self._are_repeated = False
        self._is_stopping = False
        self._began = time.monotonic()
        for trial in start.finished:
            self._count(trial)

    @property
    def elapsed(self) -> float:
        """Seconds since the sweep started."""
        return time.monotonic() - self._began

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the pace of this run; None before its first trial ends, when it is
        unknown how many trials will still continue others, and when the sweep stops."""
        n_missing = self.n_trials - self.n_finished
        if self.n_ended == 0 or n_missing <= 0 or self._is_stopping:
            return None
        return self.elapsed / self.n_ended * n_missing

    @property
    def n_left_failed(self) -> int:
        """How many failed trials were not retried."""
        return len(self._failed - self._tried_again)

    @property
    def n_trials_ended(self) -> int:
        """How many trials have ended, including those that continue others."""
        return self._ends.total()

    @property
    def ends(self) -> dict[str, int]:
        """How many trials have ended in each way."""
        return {end: self._ends[end] for end in ENDS}

    def count(self, *ends: str) -> list[str]:
        """How many trials ended in each of these ways, as in `3 pruned`; ways without any are
        left out."""
        return [f"{self._ends[end]} {end}" for end in ends if self._ends[end]]

    def update(self, event: events.Event) -> None:
        """Takes one event into account."""
        match event:
            case events.TrialStarted(number, _, params):
                self.n_started += 1
                self.waiting.discard(number)
                self.running[number] = RunningTrial(params)
            case events.NodesChanged(slots):
                self.slots = slots
            case events.TrialPlaced(number, host):
                self.running[number].host = host
            case events.TrialProgressed(number, step, max_steps):
                self.running[number].step = step
                self.running[number].max_steps = max_steps
                self.running[number].n_batches = None
            case events.TrialEvaluating(number, n_batches, steps):
                self.running[number].n_batches = n_batches
                self.running[number].steps = steps
            case events.TrialEvaluated(number, step, metrics):
                self.running[number].step = step
                self.running[number].metrics = metrics
                self.running[number].n_batches = None
            case events.SweepStopping():
                self._is_stopping = True
            case events.TrialEnded(trial):
                self.running.pop(trial.number, None)
                if trial.state is TrialState.WAITING:
                    self.waiting.add(trial.number)
                elif trial.state.is_finished():
                    self.n_ended += 1
                    self._count(trial)

    @property
    def best(self) -> list[FrozenTrial]:
        """The best COMPLETE trial, or the Pareto front if there are several metrics.

        Trials that break a constraint are not among them. A configuration that is trained several
        times is represented by its first trial, with the value of all its trainings.
        """
        return self._front.members

    def point(self, trial: FrozenTrial) -> list[float] | None:
        """The values of a trial; for a paused trial, those of its last evaluation."""
        return Objective(self.metrics, tuple(self._directions)).point(trial)

    @property
    def nearest(self) -> FrozenTrial | None:
        """Of the COMPLETE trials, the one that breaks constraints the least."""
        return min(self._complete, key=violation, default=None)

    def seeds_of(self, trial: FrozenTrial) -> str:
        """How many seeds the configuration was trained with, as in `, the mean of 3 seeds`."""
        n = sum(configuration(other) == configuration(trial) for other in self._complete)
        return f", the {self._repeats.by} of {n} seeds" if self._are_repeated and n > 1 else ""

    def _count(self, trial: FrozenTrial) -> None:
        self._ends["paused" if is_paused(trial) else _ENDS[trial.state]] += 1
        self.n_finished += begins_configuration(trial)
        if attrs.RETRY_OF in trial.user_attrs:
            self._tried_again.add(trial.user_attrs[attrs.RETRY_OF])
        if trial.state is TrialState.FAIL:
            self._failed.add(trial.number)
            self.failures.append(trial.user_attrs.get(attrs.FAILURE, "no reason recorded"))
        if trial.state is TrialState.COMPLETE and attrs.CONFIRMS not in trial.user_attrs:
            self._rank(trial)

    def _rank(self, trial: FrozenTrial) -> None:
        self._complete.append(trial)
        self._are_repeated |= is_repeat(trial)
        counting = [trial]
        if is_repeat(trial):
            self._front = Front(self._directions)  # a value that already counted has changed
            counting = as_configurations(self._complete, self._repeats)
        for known in filter(is_feasible, counting):
            self._front.add(known, known.values)
