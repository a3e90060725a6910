"""The main flow: ask Optuna for params, start an attempt, take its messages, tell the study.

Only this process asks, reports and tells. Trials talk to it through the engine, never to the
database. Nothing is printed here: listeners show the events.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from sweep import attrs, events
from sweep.engine.base import Engine
from sweep.errors import LostDatabaseError, StorageError
from sweep.flow.active_trial import ActiveTrial
from sweep.flow.asking import Asker
from sweep.flow.brakes import Brakes, stopping
from sweep.flow.interruption import BrokenOff, Interruption
from sweep.flow.machines import Machines
from sweep.flow.outlook import Outlook
from sweep.flow.swept import SweptStudy
from sweep.flow.tell import begin_attempt, end_trial, is_reportable
from sweep.flow.unneeded import UnneededCheckpoints
from sweep.flow.verdict import PutBack, Retry, Tell, verdict
from sweep.flow.wishes import Wishes
from sweep.folder.room import Room
from sweep.schedule.plan import Plan
from sweep.storage.backlog import Backlog, patiently
from sweep.trial.messages import (
    Answer,
    Ended,
    Evaluated,
    Evaluating,
    Progressed,
    Remarked,
    Started,
    Stop,
    Upward,
)
from sweep.trial.outcome import Cause, Outcome

SECONDS_BETWEEN_LOOKS = 0.2
SLOTS_TO_ASK_AHEAD = 8
"""With this many slots, a sampler that knows one trial less hardly chooses worse."""


class Sweep:
    """The sweep of one study by one process."""

    def __init__(
        self,
        swept: SweptStudy,
        engine: Engine,
        plan: Plan,
        interruption: Interruption,
        listener: events.Listener,
    ) -> None:
        study, folder, options = swept.study, swept.folder, swept.options
        self._swept = swept
        self._study = study
        self._engine = engine
        self._spec = swept.spec
        self._folder = folder
        self._options = options
        self._say = listener
        self._active: dict[int, ActiveTrial] = {}
        self._remarked: set[str] = set()
        self._is_stopping = False
        self._outlook = Outlook(study, plan, self._notify)
        self._interruption = interruption
        self._asker = Asker(swept, self._outlook, interruption, self._notify)
        self._brakes = Brakes(interruption, options.timeout, options.max_failed)
        self._backlog = Backlog(study.touch, self._notify, swept.check_place)
        self._machines = Machines(study, engine, self._backlog, listener)
        self._wishes = Wishes(study, folder, engine, self._backlog)
        self._room = Room(folder.folder)
        self._unneeded = UnneededCheckpoints(swept, self._notify)

    def run(self) -> None:
        """Runs until the study has all trials that the plan wants and no trial is active."""
        patiently(self._begin, self._notify)
        try:
            with suppress(BrokenOff), self._study.looked_after():  # `raise_if_stopped` reports it
                while self._has_work():
                    while self._may_ask() and self._engine.has_free_slot:
                        self._backlog.attempt(self._ask, None)
                    if self._engine.n_slots >= SLOTS_TO_ASK_AHEAD and self._may_ask():
                        self._backlog.attempt(self._ask_ahead, None)
                    self._engine.listen(SECONDS_BETWEEN_LOOKS, self._hear)
                    self._tend()
        except LostDatabaseError:
            self._active.clear()  # there is no study to put them back into
            self._asker.ahead = None
            raise
        finally:
            if self._asker.ahead is not None:
                self._active[self._asker.ahead.number] = self._asker.ahead
            for number in tuple(self._active):
                self._backlog.attempt(partial(self._study.put_back, number), None)
        self._brakes.raise_if_stopped()

    def _begin(self) -> None:
        self._unneeded.free(self._outlook.look())
        self._say(self._swept.started(self._outlook, self._engine.n_slots))

    def _has_work(self) -> bool:
        to_write = self._backlog.holds_writes and not self._brakes.are_killing
        return bool(self._active) or self._wants_more() or to_write

    def _wants_more(self) -> bool:
        return self._brakes.are_off and (self._asker.ahead is not None or self._outlook.has_work)

    def _may_ask(self) -> bool:
        return self._wants_more() and not self._backlog.is_behind and self._room.is_enough

    def _ask_ahead(self) -> None:
        self._asker.ask_ahead(self._active, self._wants_more)

    def _ask(self) -> None:
        active = self._asker.ask(self._active, self._wants_more)
        if active is None:
            return
        self._active[active.number] = active
        if active.refusal is None:
            self._start(active)
        else:
            self._end(active, active.refusal)

    def _start(self, active: ActiveTrial) -> None:
        """Starts an attempt: the trial's first, or one that continues from its last checkpoint."""
        active.begin_attempt()
        order = self._asker.order(active)
        self._engine.start(order)
        model_dir = self._folder.trial(active.number).address
        record = (model_dir, tuple(active.lost), active.leg_attrs, dict(active.curve))
        self._backlog.write(partial(begin_attempt, self._study, order, *record))
        self._say(
            events.TrialStarted(active.number, order.attempt, order.suggested, active.continues)
        )

    def _hear(self, number: int, message: Upward) -> None:
        self._tend()
        if (active := self._active.get(number)) is None:
            return  # a late message about a trial that has ended
        match message:
            case Started(max_steps, broken):
                active.has_started, active.max_steps = True, max_steps
                self._note_broken(active, broken)
                self._machines.note(number)
                self._say(events.TrialProgressed(number, 0, max_steps))
            case Progressed(step):
                self._say(events.TrialProgressed(number, step, active.max_steps))
            case Evaluating(n_batches, steps):
                self._say(events.TrialEvaluating(number, n_batches, steps))
            case Evaluated(step, metrics):
                prune = self._report(active, step, metrics) or active.stop_asked
                self._engine.answer(number, Answer(prune))
                self._say(events.TrialEvaluated(number, step, metrics))
            case Remarked(topic, text) if topic not in self._remarked:
                self._remarked.add(topic)
                self._notify(f"Trial {number}{text}")
            case Ended(outcome):
                self._end(active, outcome)

    def _note_broken(self, active: ActiveTrial, broken: tuple[str, ...]) -> None:
        if broken:
            number = active.number
            active.lost += [f"broken checkpoint: {name}" for name in broken]
            noted = {attrs.LOST_ATTEMPTS: list(active.lost)}
            self._backlog.write(partial(self._study.note, number, noted))
            self._notify(
                f"Trial {number} could not read {', '.join(broken)}. It continues from an older "
                "checkpoint, or starts over if there is none."
            )

    def _report(self, active: ActiveTrial, step: int, metrics: Mapping[str, Any]) -> bool:
        """Reports an evaluation to the study; returns whether the pruner ends the trial.

        The last evaluation ends nothing, because the training is already done.
        """
        value = metrics.get(self._spec.metrics[0])
        if len(self._spec.metrics) > 1 or not is_reportable(value):
            return False
        if step not in active.curve:
            active.curve[step] = float(value)
            self._backlog.write(partial(active.trial.report, value, step))
        done = active.max_steps is not None and step >= active.max_steps
        with self._interruption.code_of_the_study(self._notify, "The pruner"):
            return not done and self._backlog.attempt(active.should_prune, False)

    def _end(self, active: ActiveTrial, outcome: Outcome) -> None:
        """Handles the end of an attempt, however it ended."""
        if outcome.cause is Cause.UNWRITABLE and outcome.failure is not None:
            raise StorageError(outcome.failure.detail)
        if outcome.cause is Cause.DISK_FULL:
            self._wait_for_room(active)
        match verdict(outcome, active, self._options.retries, self._brakes):
            case Retry(failure):
                active.n_retries += 1
                active.lost.append(str(failure))
                self._say(events.AttemptLost(active.number, str(failure)))
                self._start(active)
            case PutBack(told) | Tell(told):
                del self._active[active.number]
                self._brakes.note(told)
                self._backlog.write(partial(self._tell, active.number, told))

    def _tell(self, number: int, outcome: Outcome) -> None:
        with self._interruption.code_of_the_study(self._notify, "The sampler"):
            trial = end_trial(self._study, self._spec.metrics, number, outcome)
        self._unneeded.free(self._outlook.look())
        self._say(events.TrialEnded(trial))

    def _wait_for_room(self, active: ActiveTrial) -> None:
        self._room.note_full(active.began)
        self._notify(
            f"Trial {active.number} found the disk full. It continues from its last checkpoint, "
            f"but no trial starts until {self._room.needed / 2**20:.0f} MiB are free for "
            f"{self._folder.results}."
        )

    def _tend(self) -> None:
        """Does everything that is due besides handling messages of trials."""
        self._handle_signals()
        stops = not self._brakes.are_off or self._outlook.plan.enough is not None
        if stops and not self._is_stopping:
            self._is_stopping = True
            self._say(events.SweepStopping())
        self._machines.look()
        looked = self._wishes.fulfil(self._active.values())
        if looked and self._study.is_shared and not self._wants_more():
            self._backlog.attempt(self._outlook.look, None)
        self._backlog.catch_up()

    def _handle_signals(self) -> None:
        """On the first signal, trials save a checkpoint and end. The second signal kills them."""
        for nth in self._brakes.new_signals():
            for number in self._active:
                if nth == 1:
                    self._engine.answer(number, Stop())
                else:
                    self._engine.kill(number)
            if nth == 1:
                self._notify(stopping(len(self._active)))

    def _notify(self, text: str) -> None:
        self._say(events.Notice(text))
