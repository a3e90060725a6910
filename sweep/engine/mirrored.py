"""Attempts with results on remote storage: fetched before they start, uploaded while they run.

This wraps the engine that runs them, on the machine where they run, and works in the background:
no training waits for an upload.
"""

from __future__ import annotations

import queue
import shutil
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from sweep.engine.base import Engine, Take
from sweep.folder.errands import Errands
from sweep.folder.fetch import fetch_all, fetch_log, fetch_to_continue
from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.folder.mirror import Mirror, find_mirror
from sweep.folder.push import Push, PushOfTask
from sweep.trial.execution import Folders
from sweep.trial.messages import Downward, Ended, Order, Stop, Upward
from sweep.trial.outcome import AttemptState, Cause, Outcome

SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_WHILE_ONE_WAITS = 0.05


@dataclass
class _Attempt:
    order: Order
    folder: TrialFolder
    push: Push | PushOfTask
    has_started: bool = False
    held: Ended | None = None
    """Its end, while its remaining files are uploaded."""


class MirroredEngine(Engine):
    """An engine whose trials' folders are kept on remote storage.

    Args:
        engine: runs the attempts.
        mirror: the results folder that they run in.
        uploads: uploads what they write; None if this is one node of several, which keeps nothing.
        say: gets a notice when the storage fails, and when it works again.
        holds_ends: whether an attempt ends only after all of its files are uploaded, so that other
            machines find them.
    """

    def __init__(
        self,
        engine: Engine,
        mirror: Mirror,
        uploads: Errands | None,
        say: Callable[[str], None],
        *,
        holds_ends: bool,
    ) -> None:
        self._engine = engine
        self._mirror = mirror
        self._say = say
        self._notices: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._fetches = Errands(mirror.remote.url, self._notices.put)
        self._is_a_node = uploads is None
        self._holds_ends = holds_ends
        self._uploads = uploads or Errands(mirror.remote.url, self._notices.put)
        self.n_slots = engine.n_slots
        self._attempts: dict[int, _Attempt] = {}
        self._fetched: queue.SimpleQueue[_Attempt] = queue.SimpleQueue()
        self._uploaded: queue.SimpleQueue[_Attempt] = queue.SimpleQueue()
        self._ended: deque[tuple[_Attempt, Ended]] = deque()
        self._next_look = 0.0

    def __enter__(self) -> Self:
        self._engine.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends everything that still runs, and fetches nothing more."""
        self._fetches.close()
        if self._is_a_node:
            self._uploads.close()
        self._engine.__exit__(kind, error, trace)

    @property
    def has_free_slot(self) -> bool:
        """Whether another attempt can start now."""
        return self._engine.has_free_slot and len(self._attempts) < self.n_slots

    def start(self, order: Order) -> None:
        """Starts an attempt as soon as the files that it needs are here."""
        if order.check_only:
            self._engine.start(order)
            return
        folder = StudyFolder(self._mirror.folder, order.study).trial(order.number)
        push: Push | PushOfTask = Push(self._mirror, folder)
        if order.task is not None:
            push = PushOfTask(self._mirror, order.task.log(folder))
        attempt = _Attempt(order, folder, push)
        self._attempts[order.number] = attempt
        continues = order.leg.continues is not None and order.task is None
        if order.attempt == 1 and not continues:
            self._begin(attempt)
        else:
            self._fetches.submit(order.number, partial(self._fetch, attempt))

    def _fetch(self, attempt: _Attempt) -> None:
        order, folder = attempt.order, attempt.folder
        if order.task is not None:
            fetch_log(folder, order.task.log(folder).name)
        else:
            fetch_all(folder)
            for task in order.away:  # the log is continued on the machine of the task
                task.log(folder).unlink(missing_ok=True)
            if order.leg.continues is not None and not folder.has_checkpoint:
                fetch_to_continue(folder.beside(order.leg.continues))
        self._fetched.put(attempt)

    def _begin(self, attempt: _Attempt) -> None:
        attempt.has_started = True
        self._engine.start(attempt.order)

    def listen(self, timeout: float, take: Take) -> None:
        """Passes on messages of attempts, and waits up to `timeout` seconds for the first one."""
        while not self._fetched.empty():
            attempt = self._fetched.get()
            if self._attempts.get(attempt.order.number) is attempt:
                self._begin(attempt)
        if any(not attempt.has_started for attempt in self._attempts.values()):
            timeout = min(timeout, _SECONDS_WHILE_ONE_WAITS)
        self._engine.listen(timeout, partial(self._heard, take))
        while not self._uploaded.empty():
            attempt = self._uploaded.get()
            assert attempt.held is not None
            self._ended.append((attempt, attempt.held))
        while self._ended:
            self._end(*self._ended.popleft(), take)
        while not self._notices.empty():
            self._say(self._notices.get())
        self._look()

    def _heard(self, take: Take, number: int, message: Upward) -> None:
        attempt = self._attempts.get(number)
        if not isinstance(message, Ended) or attempt is None:
            take(number, message)
        elif self._holds_ends:
            attempt.held = message
            self._upload(attempt, has_ended=True, then=partial(self._hand_over, attempt))
        else:
            self._upload(attempt, has_ended=True)
            self._end(attempt, message, take)

    def _hand_over(self, attempt: _Attempt) -> None:
        if self._is_a_node:
            shutil.rmtree(attempt.folder.folder, ignore_errors=True)
        self._uploaded.put(attempt)

    def _end(self, attempt: _Attempt, message: Ended, take: Take) -> None:
        number = attempt.order.number
        if self._attempts.get(number) is attempt:
            del self._attempts[number]
            take(number, message)

    def _look(self) -> None:
        """Uploads new checkpoints."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
        for attempt in self._attempts.values():
            if attempt.has_started and attempt.held is None and attempt.push.is_due:
                self._upload(attempt)

    def _upload(
        self,
        attempt: _Attempt,
        *,
        has_ended: bool = False,
        then: Callable[[], None] | None = None,
    ) -> None:
        def work() -> None:
            attempt.push.push(has_ended=has_ended)
            if then is not None:
                then()

        self._uploads.submit(attempt.push, work)

    def answer(self, number: int, message: Downward) -> None:
        """Sends a message to the attempt at a trial; a Stop ends one that has not started."""
        attempt = self._attempts.get(number)
        if attempt is None or attempt.has_started:
            self._engine.answer(number, message)
        elif isinstance(message, Stop):
            self._ended.append((attempt, Ended(Outcome(AttemptState.WAITING))))

    def kill(self, number: int) -> None:
        """Kills the attempt at trial `number`, with all processes that it started."""
        attempt = self._attempts.get(number)
        if attempt is not None and attempt.held is not None:
            self._ended.append((attempt, attempt.held))
        elif attempt is None or attempt.has_started:
            self._engine.kill(number)
        else:
            killed = Outcome.failed(Cause.SIGNAL, signal.SIGKILL.name)
            self._ended.append((attempt, Ended(killed)))


def mirrored(
    engine: Engine,
    folders: Folders,
    uploads: Errands | None,
    say: Callable[[str], None],
    *,
    holds_ends: bool,
) -> Engine:
    """The engine itself, or a MirroredEngine around it if its results folder is a mirror."""
    mirror = find_mirror(folders.results)
    if mirror is None:
        return engine
    return MirroredEngine(engine, mirror, uploads, say, holds_ends=holds_ends)
