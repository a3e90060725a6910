"""The main flow: ask Optuna for params, start an attempt, take its messages, tell the study.

This process alone asks, reports and tells; trials speak to it through the engine and never to
the database. Nothing is printed here: whoever listens to the events shows them.
"""

from __future__ import annotations

import json
import math
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from sweep import events
from sweep.engine.local import LocalEngine
from sweep.errors import FailingError, Interrupted, StudyError
from sweep.interruption import Interruption
from sweep.options import Options
from sweep.paths import StudyPaths, TrialPaths, write_json
from sweep.search.seeds import trial_seed
from sweep.search.space import suggest
from sweep.storage.study import SEED, AskedStudy
from sweep.study.loader import LoadedStudy
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

SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_BETWEEN_LOOKS_OUTSIDE = 1.0
FAILURES_ALIKE = 3


class Sweep:
    """One study being swept by one process."""

    def __init__(
        self,
        study: AskedStudy,
        engine: LocalEngine,
        loaded: LoadedStudy,
        paths: StudyPaths,
        options: Options,
        listener: events.Listener,
    ) -> None:
        self._study = study
        self._engine = engine
        self._spec = loaded.spec
        self._loaded = loaded
        self._paths = paths
        self._options = options
        self._say = listener
        self._running: dict[int, _Running] = {}
        self._n_missing = 0
        self._next_look_outside = 0.0
        self._interruption = Interruption()
        self._n_heeded = 0
        self._ends: list[str] = []
        """How the trials of this run have ended, each as `Outcome.kind` has it."""

    def run(self, n_trials: int, n_jobs: int, is_sole: bool) -> None:
        """Asks until the study has `n_trials` finished trials and none is running.

        Where no other process sweeps the study (`is_sole`), what a dead one left is taken up first.
        """
        self._last_moment = time.monotonic() + (self._options.timeout or math.inf)
        with self._interruption:
            if is_sole:
                self._recover()
            self._begin(n_trials, n_jobs)
            try:
                while self._running or self._may_ask():
                    while self._may_ask() and self._engine.has_free_slot:
                        self._ask()
                    for number, message in self._engine.events(SECONDS_BETWEEN_LOOKS):
                        self._take(number, message)
                    self._heed_interruption()
                    self._look_outside()
            finally:
                for number in self._running:
                    self._study.put_back(number)
        if self._interruption.signal is not None:
            raise Interrupted(
                f"Interrupted by {self._interruption.signal.name}. Nothing that a checkpoint holds "
                "is lost: the same command goes on from here.",
                self._interruption.signal,
            )
        if self._fails_alike():
            raise FailingError(
                f"The first {len(self._ends)} trials failed alike, so no more were begun. Mend "
                "the study, then run the same command again."
            )

    def _recover(self) -> None:
        """Takes up what a sweep that was killed has left RUNNING.

        A trial whose result is on the disk is told; any other goes on from its checkpoint.
        """
        for trial in self._study.get_trials(states=(TrialState.RUNNING,)):
            attempt = trial.user_attrs.get("attempts", 0)
            outcome = _read_outcome(self._paths.trial(trial.number), attempt)
            if outcome is None:
                self._study.put_back(trial.number)
                then = "It goes on from its last checkpoint."
            else:
                self._tell(trial.number, outcome)
                then = f"It had ended, and is {outcome.state} now."
            self._say(
                events.Notice(f"Trial {trial.number} was left running by a sweep that died. {then}")
            )

    def _begin(self, n_trials: int, n_jobs: int) -> None:
        trials = self._study.get_trials()
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

    def _may_ask(self) -> bool:
        return (
            self._n_missing > 0
            and not self._study.exhausted
            and self._interruption.signal is None
            and time.monotonic() < self._last_moment
            and not self._fails_alike()
        )

    def _fails_alike(self) -> bool:
        """Whether every trial of this run has failed, and for a reason that is not its params'."""
        return (
            len(self._ends) >= FAILURES_ALIKE
            and len(set(self._ends)) == 1
            and self._ends[0].startswith("FAIL")
            and not self._ends[0].startswith("FAIL: nan loss")
        )

    def _ask(self) -> None:
        trial = self._study.ask()
        self._n_missing -= 1
        running = self._running[trial.number] = _Running(trial)
        try:
            running.params = suggest(self._spec, trial)
        except StudyError as error:
            self._end(trial.number, Outcome("FAIL", failure=f"exception: {error}"))
            return
        self._start(running)

    def _start(self, running: _Running) -> None:
        """Begins an attempt: the trial's first, or one that goes on from its last checkpoint."""
        trial = running.trial
        paths = self._paths.trial(trial.number)
        seed = trial_seed(self._study.user_attrs[SEED], trial.number)
        attempt = trial.user_attrs.get("attempts", 0) + 1
        attrs = {"attempts": attempt, "seed": seed, "model_dir": str(paths.model_dir)}
        if running.lost:
            attrs["lost_attempts"] = running.lost
        for name, value in attrs.items():
            trial.set_user_attr(name, value)
        paths.folder.mkdir(parents=True, exist_ok=True)
        paths.stop.unlink(missing_ok=True)
        identity = {"number": trial.number, "seed": seed, "study_file_sha256": self._loaded.sha256}
        write_json(paths.params, {**identity, "params": running.params})
        self._engine.start(Order(trial.number, attempt, running.params, seed, paths))
        self._say(events.TrialStarted(trial.number, attempt, trial.params))

    def _take(self, number: int, message: Upward) -> None:
        running = self._running[number]
        match message:
            case Started(max_steps):
                running.max_steps = max_steps
                self._say(events.TrialProgressed(number, 0, max_steps))
            case Progressed(step):
                self._say(events.TrialProgressed(number, step, running.max_steps))
            case Evaluated(step, metrics):
                prune = self._report(running, step, metrics) or running.stop_asked
                self._engine.answer(number, Answer(prune))
                self._say(events.TrialEvaluated(number, step, metrics))
            case Ended(outcome):
                self._end(number, outcome)

    def _report(self, running: _Running, step: int, metrics: Mapping[str, Any]) -> bool:
        """Reports an evaluation to the study; returns whether the pruner gives the trial up.

        The last evaluation gives nothing up: the training is paid for by then.
        """
        value = metrics.get(self._spec.metrics[0])
        if len(self._spec.metrics) > 1 or not isinstance(value, int | float):
            return False
        running.trial.report(value, step)
        done = running.max_steps is not None and step >= running.max_steps
        return not done and running.trial.should_prune()

    def _end(self, number: int, outcome: Outcome) -> None:
        """Every way in which an attempt can end comes here."""
        running = self._running[number]
        if self._was_killed_by_us(outcome):
            outcome = replace(outcome, state="WAITING")
        if running.stop_asked and outcome.state == "WAITING":
            outcome = replace(outcome, state="PRUNED")
        elif not running.told_by_another and self._deserves_another(running, outcome):
            running.lost.append(str(outcome.failure))
            self._say(events.AttemptLost(number, str(outcome.failure)))
            self._start(running)
            return
        del self._running[number]
        self._ends.append(outcome.kind)
        self._say(events.TrialEnded(self._tell(number, outcome)))

    def _deserves_another(self, running: _Running, outcome: Outcome) -> bool:
        if not outcome.process_was_lost or self._interruption.signal is not None:
            return False
        return len(running.lost) < min(self._options.retries, outcome.most_retries)

    def _tell(self, number: int, outcome: Outcome) -> FrozenTrial:
        """The one place where an outcome reaches the study."""
        known = self._study.get_trial(number)
        if known.state.is_finished():
            return known
        if outcome.state == "WAITING":
            self._n_missing += 1
            return self._study.put_back(number)
        self._study.note(number, _described(outcome))
        complete = outcome.state == "COMPLETE"
        return self._study.tell(
            number,
            [outcome.metrics[name] for name in self._spec.metrics] if complete else None,
            TrialState[outcome.state],
            skip_if_finished=True,
        )

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
                for number in self._running:
                    self._engine.kill(number)

    def _look_outside(self) -> None:
        """Heeds what others want of running trials: `sweep stop`, or a state set in a dashboard."""
        if time.monotonic() < self._next_look_outside:
            return
        self._next_look_outside = time.monotonic() + SECONDS_BETWEEN_LOOKS_OUTSIDE
        for number, running in self._running.items():
            if not running.stop_asked and self._paths.trial(number).stop.exists():
                running.stop_asked = True
                self._engine.answer(number, Stop())
            if not running.told_by_another and self._study.get_trial(number).state.is_finished():
                running.told_by_another = True
                self._engine.kill(number)

    def _was_killed_by_us(self, outcome: Outcome) -> bool:
        return self._n_heeded > 1 and (outcome.failure or "").startswith("signal: ")


def _read_outcome(paths: TrialPaths, attempt: int) -> Outcome | None:
    """The outcome that a trial's process has left on the disk for this attempt."""
    try:
        content = json.loads(paths.result.read_text())
        return Outcome.from_json(content) if content["attempt"] == attempt else None
    except (OSError, ValueError, KeyError):
        return None


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
    params: dict[str, Any] = field(default_factory=dict)
    max_steps: int | None = None
    lost: list[str] = field(default_factory=list)
    """Why the attempts of this run before this one were lost."""
    stop_asked: bool = False
    """Somebody wants it to end, and to be PRUNED with its last value."""
    told_by_another: bool = False
    """Somebody has told the study its state while it ran."""
