"""Attempts on this machine: one process for each, one in each slot.

One more process is started in advance and waits for an order, so a free slot does not wait.
"""

from __future__ import annotations

import itertools
import math
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from multiprocessing.reduction import send_handle
from pathlib import Path
from types import TracebackType
from typing import Self

from sweep.engine.base import Engine, Take
from sweep.engine.limits import NO_LIMITS, Limits
from sweep.engine.offspring import end_marked
from sweep.engine.pulse import SECONDS_TO_ANSWER, Pulse, state_of
from sweep.engine.server import (
    Beat,
    Exited,
    Kill,
    Launch,
    Launched,
    kill_group,
    start_server,
)
from sweep.engine.watch import RunningTime, Watch
from sweep.errors import EngineError
from sweep.study.spec import StudySpec
from sweep.trial.execution import Folders, Runner, run_order
from sweep.trial.exits import failure_of_exit
from sweep.trial.messages import (
    Downward,
    Ended,
    Evaluated,
    Order,
    Progressed,
    Resources,
    Upward,
)
from sweep.trial.outcome import AttemptState, Failure, Outcome

GRACE_SECONDS = 3.0
SECONDS_TO_LEAVE = 10.0


@dataclass
class _Process:
    key: int
    """Its name in messages of the server."""
    pipe: Connection
    pid: int | None = None
    """Known once the server has started it."""


@dataclass
class _Attempt:
    process: _Process
    number: int
    slot: Resources
    watch: Watch
    open: bool = True
    """Whether more messages can come."""
    outcome: Outcome | None = None
    is_over: bool = False
    """Whether its slot is free and its end was passed on."""
    verdict: Failure | None = None
    """Why it was asked to end, if it was."""
    killed_at: float = math.inf
    last_moment: float = math.inf
    """When it is killed, if it has not ended by then."""


class LocalEngine(Engine):
    """Runs attempts in the slots of this machine, and passes their messages on.

    Making one forks the server, so make it before anything else is started.

    Args:
        study: a study that attempts are forked with, or, if forking is not safe, the file that
            each attempt's own interpreter loads.
        folders: where the trials' folders are.
        slots: the resources of each slot.
        limits: the limits of one attempt.
        runner: what a forked attempt does with its order.
        say: gets a notice when the server does not answer.
    """

    def __init__(
        self,
        study: StudySpec | Path,
        folders: Folders,
        slots: list[Resources],
        limits: Limits = NO_LIMITS,
        runner: Runner = run_order,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._mark = uuid.uuid4().hex
        self._server_pid, self._server = start_server(
            study, folders, runner, self._mark, slots[0].threads
        )
        self._pulse = Pulse(self._server_pid, lambda: self._tell_server(Beat()), say)
        self._time = RunningTime()
        self._limits = limits
        self.n_slots = len(slots)
        self._free = list(reversed(slots))
        self._attempts: dict[int, _Attempt] = {}
        self._spare: _Process | None = None
        self._wakers: list[Connection] = []
        self._keys = itertools.count()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends everything that still runs."""
        self._time.stop()
        self._server.close()
        ended_in_order = self._wait_for_server()
        for process in self._processes():
            process.pipe.close()
            if process.pid is not None:
                kill_group(process.pid)
        if not ended_in_order:
            end_marked(self._mark)

    def _wait_for_server(self) -> bool:
        """Waits for the server to end, and kills it if it does not; whether it ended by itself."""
        patience = SECONDS_TO_ANSWER if self._pulse.is_missed else SECONDS_TO_LEAVE
        deadline = time.monotonic() + patience
        ended = status = 0
        try:
            while not ended and time.monotonic() < deadline:
                ended, status = os.waitpid(self._server_pid, os.WNOHANG)
                time.sleep(0 if ended else 0.005)
            if not ended:
                os.kill(self._server_pid, signal.SIGKILL)
                _, status = os.waitpid(self._server_pid, 0)
        except ChildProcessError:  # the sweep was started with SIGCHLD ignored
            return False
        return status == 0

    def __enter__(self) -> Self:
        self._time.start()
        return self

    @property
    def has_free_slot(self) -> bool:
        """Whether another attempt can start now."""
        return bool(self._free)

    def start(self, order: Order) -> None:
        """Starts an attempt in a free slot; `listen` passes on its messages."""
        process = self._spare or self._launch()
        limits = self._limits
        if order.task is not None:  # its leader's time and progress count
            limits = Limits(memory=limits.memory)
        attempt = _Attempt(process, order.number, self._free.pop(), Watch(limits, self._time))
        self._attempts[process.key] = attempt
        with suppress(ConnectionError):  # it has died, which the server is about to tell
            process.pipe.send(attempt.slot)
            process.pipe.send(order)
        self._spare = self._launch()

    def _launch(self) -> _Process:
        """Starts a process that waits for an order."""
        ours, theirs = Pipe()
        process = _Process(next(self._keys), ours)
        with theirs, self._server_at_work():
            self._server.send(Launch(process.key))
            send_handle(self._server, theirs.fileno(), self._server_pid)
        return process

    def wake_on(self, pipe: Connection) -> None:
        """Lets `listen` return when there is something to read from a pipe of the caller."""
        self._wakers.append(pipe)

    def listen(self, timeout: float, take: Take) -> None:
        """Passes on messages of attempts, and waits up to `timeout` seconds for the first one.

        Raises:
            EngineError: the process that starts attempts is gone.
        """
        for number, message in self._heard(timeout):
            take(number, message)

    def _heard(self, timeout: float) -> Iterator[tuple[int, Upward]]:
        talking = [attempt for attempt in self._attempts.values() if attempt.open]
        pipes = [attempt.process.pipe for attempt in talking]
        ready = wait([self._server, *self._wakers, *pipes], timeout)
        for attempt in talking:
            if attempt.process.pipe in ready:
                yield from self._take_message(attempt)
        if self._server in ready:
            self._pulse.note()
            yield from self._hear_server()
        else:
            self._pulse.look()
        self._enforce_limits()
        yield from self._end_killed()

    def answer(self, number: int, message: Downward) -> None:
        """Sends a message to the attempt at trial `number`, if it still runs."""
        for attempt in self._attempts.values():
            if attempt.number == number:
                with suppress(BrokenPipeError):
                    attempt.process.pipe.send(message)

    def kill(self, number: int) -> None:
        """Kills the attempt at trial `number`, with all processes that it started."""
        for key, attempt in self._attempts.items():
            if attempt.number == number:
                attempt.killed_at = min(attempt.killed_at, time.monotonic())
                self._signal(key, signal.SIGKILL)

    def _enforce_limits(self) -> None:
        """Asks an attempt that has passed a limit to end, and kills it if it does not."""
        now = self._time()
        for key, attempt in self._attempts.items():
            pid = attempt.process.pid
            if pid is not None and attempt.verdict is None:
                attempt.verdict = attempt.watch.verdict(pid)
                if attempt.verdict is not None:
                    attempt.last_moment = now + GRACE_SECONDS
                    self._signal(key, signal.SIGTERM)
            if now > attempt.last_moment:
                attempt.last_moment = math.inf
                self._signal(key, signal.SIGKILL)

    def _end_killed(self) -> Iterator[tuple[int, Upward]]:
        """Ends killed attempts itself, if the server does not answer."""
        for key, attempt in list(self._attempts.items()):
            is_late = time.monotonic() - attempt.killed_at > SECONDS_TO_ANSWER
            if is_late and self._pulse.is_missed:
                pid = attempt.process.pid
                if pid is not None:
                    kill_group(pid)
                if pid is None or state_of(pid) in (None, "Z", "X"):
                    yield from self._end_attempt(Exited(key, -signal.SIGKILL))

    def _signal(self, key: int, signal_number: signal.Signals) -> None:
        self._tell_server(Kill(key, signal_number))

    def _tell_server(self, request: Kill | Beat) -> None:
        with self._server_at_work():
            self._server.send(request)

    @contextmanager
    def _server_at_work(self) -> Iterator[None]:
        """Turns the end of the server, which breaks the pipe to it, into an EngineError."""
        try:
            yield
        except (EOFError, ConnectionError):
            raise EngineError(
                f"The process that starts trials (process {self._server_pid}) ended unexpectedly: "
                "run the same command again to continue."
            ) from None

    def _hear_server(self) -> Iterator[tuple[int, Upward]]:
        with self._server_at_work():
            heard: Launched | Exited | Beat = self._server.recv()
        if isinstance(heard, Beat):
            return
        process = next((known for known in self._processes() if known.key == heard.key), None)
        if process is None:
            return  # its end was already handled without the server
        if isinstance(heard, Launched):
            process.pid = heard.pid
        elif process is self._spare:
            self._spare = None
            process.pipe.close()
        else:
            yield from self._end_attempt(heard)

    def _processes(self) -> list[_Process]:
        """All processes that were started and are not known to have ended."""
        attempts = [attempt.process for attempt in self._attempts.values()]
        return attempts if self._spare is None else [*attempts, self._spare]

    def _end_attempt(self, exited: Exited) -> Iterator[tuple[int, Upward]]:
        attempt = self._attempts.pop(exited.key)
        while attempt.open and attempt.process.pipe.poll():
            yield from self._take_message(attempt)
        attempt.process.pipe.close()
        if not attempt.is_over:
            outcome = attempt.outcome or _unexplained(attempt, exited.returncode)
            yield from self._end(attempt, outcome)

    def _take_message(self, attempt: _Attempt) -> Iterator[tuple[int, Upward]]:
        """Passes on one message; Ended waits until the process is gone, if that can matter."""
        try:
            message: Upward = attempt.process.pipe.recv()
        except (EOFError, OSError):  # OSError: the process was killed in the middle of a message
            attempt.open = False
            return
        if isinstance(message, Ended):
            attempt.outcome = message.outcome
            if message.outcome.state in (AttemptState.COMPLETE, AttemptState.PRUNED):
                yield from self._end(attempt, message.outcome)
        else:
            if isinstance(message, Progressed | Evaluated):
                attempt.watch.note(message.step)
            yield attempt.number, message

    def _end(self, attempt: _Attempt, outcome: Outcome) -> Iterator[tuple[int, Upward]]:
        attempt.is_over = True
        self._free.append(attempt.slot)
        yield attempt.number, Ended(outcome)


def _unexplained(attempt: _Attempt, returncode: int) -> Outcome:
    """The outcome of a process that ended without reporting one."""
    failure = attempt.verdict or failure_of_exit(
        returncode, kernel_has_killed=attempt.watch.kernel_has_killed()
    )
    return Outcome(AttemptState.FAIL, failure=failure)
