"""The main flow: ask Optuna for params, start an attempt, take its messages, tell the study.

This process alone asks, reports and tells; trials speak to it through the engine and never to
the database. Nothing is printed here: whoever listens to the events shows them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from optuna.trial import FrozenTrial

from sweep import attrs, events
from sweep.engine.local import LocalEngine
from sweep.errors import FailingError, Interrupted, StudyError
from sweep.flow.active_trial import Running
from sweep.flow.interruption import Interruption
from sweep.flow.options import Options
from sweep.flow.recovery import take_up
from sweep.flow.tell import begin_attempt, end_trial, is_reportable
from sweep.flow.unneeded import SpentCheckpoints
from sweep.folder.claim import DiskFullError, ForeignFolderError, claim_folder
from sweep.folder.layout import StudyFolder
from sweep.folder.room import Room
from sweep.schedule.base import Scheduler, Whole
from sweep.schedule.enough import Enough
from sweep.schedule.plan import Agenda, look_at
from sweep.search.seeds import trial_seed
from sweep.search.space import suggest
from sweep.storage.backlog import Backlog, patiently
from sweep.storage.study import AskedStudy
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
        paths: StudyFolder,
        options: Options,
        scheduler: Scheduler,
        listener: events.Listener,
    ) -> None:
        self._study = study
        self._scheduler = scheduler
        self._maximize = loaded.spec.directions[0] == "maximize"
        self._seed = study.user_attrs[attrs.SEED]
        self._engine = engine
        self._spec = loaded.spec
        self._loaded = loaded
        self._paths = paths
        self._options = options
        self._enough = Enough(options.patience, options.target, options.total_steps)
        self._say = listener
        self._backlog = Backlog(study.touch, self._notify)
        self._room = Room(paths.folder)
        self._spent = SpentCheckpoints(paths, scheduler, self._notify)
        self._running: dict[int, Running] = {}
        self._n_trials = 0
        self._agenda = Agenda()
        self._may_be_abandoned = True
        """Whether the study may have RUNNING trials that no process runs."""
        self._next_look_outside = 0.0
        self._interruption = Interruption()
        self._n_heeded = 0
        self._ends: list[str] = []
        """How the trials of this run have ended, each as `Outcome.kind` has it."""

    def run(self, n_trials: int, n_jobs: int) -> None:
        """Asks until the study has `n_trials` finished trials and none is running."""
        self._n_trials = n_trials
        self._last_moment = time.monotonic() + (self._options.timeout or math.inf)
        with self._interruption:
            patiently(partial(self._begin, n_jobs), self._notify)
            try:
                while self._has_work():
                    while self._may_ask() and self._engine.has_free_slot:
                        self._backlog.attempt(self._ask, None)
                    for number, message in self._engine.events(SECONDS_BETWEEN_LOOKS):
                        self._take(number, message)
                    self._heed_interruption()
                    self._look_outside()
                    self._backlog.catch_up()
            finally:
                for number in self._running:
                    self._backlog.attempt(partial(self._study.put_back, number), None)
        self._conclude()

    def _begin(self, n_jobs: int) -> None:
        self._take_up_abandoned()
        trials = self._look_at_study()
        self._say(
            events.SweepStarted(
                study_name=self._study.study_name,
                metrics=self._spec.metrics,
                directions=self._spec.directions,
                folder=self._paths.folder,
                n_trials=self._n_trials,
                can_grow=self._can_grow,
                finished=tuple(trial for trial in trials if trial.state.is_finished()),
                n_jobs=n_jobs,
            )
        )

    def _take_up_abandoned(self) -> None:
        with self._study.turn():
            take_up(self._study, self._spec.metrics, self._paths, self._running, self._notify)
        self._may_be_abandoned = False

    def _look_at_study(self) -> list[FrozenTrial]:
        """Finds what is left to do, and takes from the disk what nothing will continue."""
        trials = self._study.get_trials(deepcopy=False)
        before = self._agenda
        scheduler = self._scheduler if self._options.extension is None else Whole()
        self._agenda = look_at(trials, self._n_trials, scheduler, self._enough, self._maximize)
        if self._agenda.enough is not None and before.enough is None:
            self._notify(f"{self._agenda.enough} No more trials begin.")
        self._spent.free(trials)
        return trials

    @property
    def _can_grow(self) -> bool:
        only_these = self._scheduler.n_configurations is not None
        return not (only_these or self._options.extension or self._options.retry is not None)

    def _has_work(self) -> bool:
        to_write = self._backlog.holds_writes and self._n_heeded < 2
        return bool(self._running) or self._wants_more() or to_write

    def _wants_more(self) -> bool:
        return (
            self._agenda.has_work(self._study.exhausted)
            and self._interruption.signal is None
            and time.monotonic() < self._last_moment
            and not self._fails_alike()
        )

    def _may_ask(self) -> bool:
        return self._wants_more() and not self._backlog.is_behind and self._room.is_enough

    def _fails_alike(self) -> bool:
        """Whether every trial of this run has failed, and for a reason that is not its params'."""
        return (
            len(self._ends) >= FAILURES_ALIKE
            and len(set(self._ends)) == 1
            and self._ends[0].startswith("FAIL")
            and not self._ends[0].startswith("FAIL: nan loss")
        )

    def _conclude(self) -> None:
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

    def _ask(self) -> None:
        if self._may_be_abandoned:
            self._take_up_abandoned()
        with self._study.turn():
            if self._study.is_shared or self._agenda.next_leg is not None:
                self._look_at_study()  # for others may have begun it, or this process in vain
                if not self._wants_more():
                    return
            # If the database fails below, it holds a RUNNING trial that this process knows not of.
            self._may_be_abandoned = True
            if (leg := self._agenda.next_leg) is not None:
                self._study.enqueue_trial(dict(leg.params), user_attrs=dict(leg.attrs))
            running, failure = Running(self._study.take()), None
        try:
            with self._study.sampling():
                running.params = suggest(self._spec.search_space, running.trial)
        except StudyError as error:
            failure = f"exception: {error}"
        self._prepare(running, self._look_at_study())
        self._may_be_abandoned = False
        self._running[running.number] = running
        if failure is None:
            self._start(running)
        else:
            self._end(running.number, Outcome("FAIL", failure=failure))

    def _prepare(self, running: Running, trials: Sequence[FrozenTrial]) -> None:
        """Finds out which leg of a training the trial is, and what is known of that already."""
        if running.attempts:
            known = self._study.get_trial(running.number)
            running.curve = dict(known.intermediate_values)
        elif running.continues is not None:
            running.curve = dict(self._study.get_trial(running.continues).intermediate_values)
        elif not running.leg_attrs:
            running.leg_attrs |= self._scheduler.first_leg(trials[: running.number])

    def _start(self, running: Running) -> None:
        """Begins an attempt: the trial's first, or one that goes on from its last checkpoint."""
        running.attempts += 1
        running.began = time.monotonic()
        number, paths = running.number, self._paths.trial(running.number)
        order = Order(
            number,
            running.attempts,
            running.params,
            trial_seed(self._seed, running.configuration),
            paths,
            running.leg(self._scheduler, self._paths),
            self._options.evaluate_every,
        )
        try:
            claim_folder(order, running.trial.params, self._loaded.sha256)
        except ForeignFolderError as error:
            self._end(number, Outcome("FAIL", failure=f"mismatch: {error}"))
            return
        except DiskFullError as error:
            self._end(number, Outcome("FAIL", failure=f"disk full: {error}"))
            return
        self._engine.start(order)
        record = (tuple(running.lost), running.leg_attrs, dict(running.curve))
        self._backlog.write(partial(begin_attempt, self._study, order, *record))
        self._say(
            events.TrialStarted(number, order.attempt, running.trial.params, running.continues)
        )

    def _take(self, number: int, message: Upward) -> None:
        running = self._running[number]
        match message:
            case Started(max_steps, broken):
                running.max_steps = max_steps
                self._note_broken(running, broken)
                self._say(events.TrialProgressed(number, 0, max_steps))
            case Progressed(step):
                self._say(events.TrialProgressed(number, step, running.max_steps))
            case Evaluated(step, metrics):
                prune = self._report(running, step, metrics) or running.stop_asked
                self._engine.answer(number, Answer(prune))
                self._say(events.TrialEvaluated(number, step, metrics))
            case Ended(outcome):
                self._end(number, outcome)

    def _note_broken(self, running: Running, broken: tuple[str, ...]) -> None:
        if broken:
            number = running.number
            running.lost += [f"broken checkpoint: {name}" for name in broken]
            noted = {attrs.LOST_ATTEMPTS: list(running.lost)}
            self._backlog.write(partial(self._study.note, number, noted))
            self._notify(
                f"Trial {number} could not read {', '.join(broken)}, and goes on from what is "
                "older, or afresh."
            )

    def _report(self, running: Running, step: int, metrics: Mapping[str, Any]) -> bool:
        """Reports an evaluation to the study; returns whether the pruner gives the trial up.

        The last evaluation gives nothing up: the training is paid for by then.
        """
        value = metrics.get(self._spec.metrics[0])
        if len(self._spec.metrics) > 1 or not is_reportable(value):
            return False
        if step not in running.curve:
            running.curve[step] = float(value)
            self._backlog.write(partial(running.trial.report, value, step))
        done = running.max_steps is not None and step >= running.max_steps
        return not done and self._backlog.attempt(running.trial.should_prune, False)

    def _end(self, number: int, outcome: Outcome) -> None:
        """Every way in which an attempt can end comes here."""
        running = self._running[number]
        if outcome.disk_was_full:
            self._wait_for_room(running)
            outcome = replace(outcome, state="WAITING")
        if self._was_killed_by_us(outcome):
            outcome = replace(outcome, state="WAITING")
        if running.stop_asked and outcome.state in ("WAITING", "PAUSED"):
            outcome = replace(outcome, state="PRUNED")
        elif not running.told_by_another and self._deserves_another(running, outcome):
            running.n_retries += 1
            running.lost.append(str(outcome.failure))
            self._say(events.AttemptLost(number, str(outcome.failure)))
            self._start(running)
            return
        del self._running[number]
        self._ends.append(outcome.kind)
        self._backlog.write(partial(self._tell, number, outcome))

    def _deserves_another(self, running: Running, outcome: Outcome) -> bool:
        if not outcome.process_was_lost or self._interruption.signal is not None:
            return False
        return running.n_retries < min(self._options.retries, outcome.most_retries)

    def _tell(self, number: int, outcome: Outcome) -> None:
        trial = end_trial(self._study, self._spec.metrics, number, outcome)
        self._look_at_study()
        self._say(events.TrialEnded(trial))

    def _wait_for_room(self, running: Running) -> None:
        self._room.note_full(running.began)
        self._notify(
            f"Trial {running.number} found the disk full, and goes on from its last "
            f"checkpoint. No trial begins until {self._room.needed / 2**20:.0f} MiB are free for "
            f"{self._paths.results}."
        )

    def _heed_interruption(self) -> None:
        """The first signal lets trials save a checkpoint and end, the second kills them."""
        while self._n_heeded < self._interruption.count:
            self._n_heeded += 1
            if self._n_heeded == 1:
                for number in self._running:
                    self._engine.answer(number, Stop())
                self._notify(
                    f"Stopping: {len(self._running)} running trial(s) save a checkpoint and "
                    "end. Interrupt again to end them at once."
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
            if not running.told_by_another and self._is_finished(number):
                running.told_by_another = True
                self._engine.kill(number)
        if self._study.is_shared and not self._wants_more():
            self._backlog.attempt(self._look_at_study, None)

    def _is_finished(self, number: int) -> bool:
        trial = self._backlog.attempt(partial(self._study.get_trial, number), None)
        return trial is not None and trial.state.is_finished()

    def _was_killed_by_us(self, outcome: Outcome) -> bool:
        return self._n_heeded > 1 and (outcome.failure or "").startswith("signal: ")

    def _notify(self, text: str) -> None:
        self._say(events.Notice(text))
