"""A listener that logs each trial as a run, in any service that keeps runs."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from sweep import attrs, events
from sweep.schedule.base import is_paused


@dataclass(frozen=True)
class Ending:
    """How a trial ended, or that it waits to continue later."""

    state: TrialState
    is_paused: bool
    """Whether it is a leg that was trained to its end, and is PRUNED only to Optuna."""
    metrics: Mapping[str, float]
    """The final metrics that are numbers."""
    tags: Mapping[str, Any]
    """Everything else that the study recorded about it: failure, seed, model_dir, attempts, …"""


class RunPerTrial(ABC):
    """Starts a run with each trial, logs each evaluation, and ends the run with the trial.

    Another attempt at the trial continues its run. Trials that ended in earlier sweeps get no run.
    """

    def __init__(self) -> None:
        self._study: events.SweepStarted | None = None
        self._runs: dict[int, Any] = {}
        self.moment = 0.0
        """When the current event happened, in seconds since the epoch."""

    def __call__(self, event: events.Event) -> None:
        """Handles an event of the sweep."""
        self.hear(event, time.time())

    def hear(self, event: events.Event, moment: float) -> None:
        """Handles an event that happened at this moment, in seconds since the epoch."""
        self.moment = moment
        match event:
            case events.SweepStarted():
                self._study, self._runs = event, {}
                self._open(event)
            case events.TrialStarted(number) if number not in self._runs:
                assert self._study is not None, "a sweep starts before its trials"
                self._runs[number] = self._start(self._study, event)
            case events.TrialEvaluated(number, step, metrics) if number in self._runs:
                curve = {name: v for name, v in numbers(metrics).items() if name != "global_step"}
                self._log(self._runs[number], step, curve)
            case events.TrialEnded(trial) if trial.number in self._runs:
                run = self._runs[trial.number]
                if trial.state.is_finished():
                    del self._runs[trial.number]
                self._end(run, ending_of(trial))

    def close(self) -> None:
        """Leaves the runs of trials that have not ended with the sweep."""
        for run in self._runs.values():
            self._leave(run)
        self._runs.clear()

    @abstractmethod
    def _open(self, study: events.SweepStarted) -> None:
        """Prepares for the runs of a study."""

    @abstractmethod
    def _start(self, study: events.SweepStarted, trial: events.TrialStarted) -> Any:
        """Starts a run and returns it."""

    @abstractmethod
    def _log(self, run: Any, step: int, metrics: Mapping[str, float]) -> None:
        """Adds an evaluation to the run's curves."""

    @abstractmethod
    def _end(self, run: Any, ending: Ending) -> None:
        """Records how the trial ended; in the state WAITING, the run can continue later."""

    @abstractmethod
    def _leave(self, run: Any) -> None:
        """Leaves the run of a trial that has not ended; another sweep can continue the trial."""


def name_of(number: int) -> str:
    """The name of a trial's run."""
    return f"trial-{number:04d}"


def numbers(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The metrics that are finite numbers."""
    return {
        name: float(value)
        for name, value in metrics.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }


def ending_of(trial: FrozenTrial) -> Ending:
    """How a trial ended, as the study recorded it."""
    paused = is_paused(trial)
    measured, tags = {}, {"state": "PAUSED" if paused else trial.state.name}
    for name, value in trial.user_attrs.items():
        if name.startswith(attrs.METRIC):
            measured[name.removeprefix(attrs.METRIC)] = value
        else:
            tags[name] = value
    return Ending(trial.state, paused, numbers(measured), tags)
