"""The process of a trial that leads a cluster: it starts the tasks and talks to the sweep for them.

It runs no TensorFlow itself, so that it can fork. It passes on what the chief says about the
training and what the evaluating task says, and the sweep's answers to that. It always comes to an
end: if a task is lost or fails, it ends all of them.

The chief and the evaluator are its children. So are the other tasks, unless they run on other
machines, where the sweep starts and ends them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any

from sweep.study.cluster import CHIEF, EVALUATOR, WORKER, Cluster, TaskId
from sweep.trial.cluster.away import AwayTask
from sweep.trial.cluster.member import Member
from sweep.trial.cluster.ports import addresses_held
from sweep.trial.cluster.process import Process
from sweep.trial.cluster.task import Task
from sweep.trial.exits import count_oom_kills
from sweep.trial.messages import (
    Answer,
    Downward,
    Evaluated,
    FromTask,
    InputEnded,
    Join,
    Prepared,
    Remarked,
    Started,
    Stop,
    Summon,
    TrainingOver,
    Upward,
)
from sweep.trial.outcome import LOST_PROCESS, AttemptState, Cause, Failure, Outcome

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_TO_SETTLE = 0.5
"""Time for the loss of one task to show in the others, so that the cause is reported."""
SECONDS_TO_LEAVE = 3.0
"""Time for tasks that have nothing left to do."""
MOST_TIMES_STARTED = 3
_PORT_TAKEN = "Could not start gRPC server"


def lead(member: Member, cluster: Cluster, sweep: Connection) -> Outcome:
    """Runs an order with a cluster, and returns how the attempt ended.

    Args:
        member: starts the tasks.
        cluster: the tasks.
        sweep: the pipe to the sweep.
    """
    places = member.order.places
    here = {CHIEF: 1} if places else cluster.counts
    host = [places[CHIEF, 0].address] if places else []
    for _ in range(MOST_TIMES_STARTED):
        with addresses_held(here, *host) as addresses:
            outcome = _Leader(member, cluster, addresses, sweep).run()
        if outcome.failure is None or _PORT_TAKEN not in outcome.failure.detail:
            break
        if places:  # the next attempt has other ports
            return replace(outcome, failure=Failure(Cause.EXIT, outcome.failure.detail))
        print("Another process took a port: the tasks start again on other ports.", flush=True)
    return outcome


class _Leader:
    def __init__(
        self,
        member: Member,
        cluster: Cluster,
        addresses: Mapping[str, Sequence[str]],
        sweep: Connection,
    ) -> None:
        self._member = member
        self._folder = member.folder
        self._cluster = cluster
        self._addresses = addresses
        self._sweep = sweep
        self._oom_kills = count_oom_kills()
        self._processes: list[Process] = []
        self._away: dict[TaskId, AwayTask] = {}
        self._is_called_off = False
        """Whether the sweep has asked for a stop."""
        self._held: list[Upward] = []
        """Messages to pass on after the chief's Started, which must come first."""
        self._has_started = False
        self._input_end: InputEnded | None = None
        self._is_over = False
        """Whether the chief's training ended without failing."""
        self._over_at = 0.0
        self._is_stopping = False
        self._evaluations: list[dict[str, Any]] = []

    def run(self) -> Outcome:
        try:
            outcome = self._gather()
            if outcome is None:
                self._start(CHIEF)
            while outcome is None and (outcome := self._outcome()) is None:
                self._listen(SECONDS_BETWEEN_LOOKS)
            if self._is_over:
                self._let_leave()
        except (EOFError, ConnectionError):  # the sweep ended
            outcome = Outcome(AttemptState.WAITING)
        finally:
            for process in self._processes:
                process.kill()
        return outcome

    def _gather(self) -> Outcome | None:
        """Has tasks on other machines each hold a port; an outcome says why they cannot."""
        order = self._member.order
        for task in order.away:
            self._away[task.id] = AwayTask(task, self._sweep.send)
            self._sweep.send(Summon(replace(order, task=task)))
        while any(away.address is None for away in self._away.values()):
            self._listen(SECONDS_BETWEEN_LOOKS)
            if self._is_called_off:
                return Outcome(AttemptState.WAITING)
            if self._failures():
                return self._failed()
        addresses = {kind: [*known] for kind, known in self._addresses.items()}
        for (kind, _), away in self._away.items():
            assert away.address is not None
            addresses.setdefault(kind, []).append(away.address)
        self._addresses = addresses
        return None

    def _start(self, *kinds: str) -> None:
        for kind, index in (task for task in self._cluster.tasks if task[0] in kinds):
            if (away := self._away.get((kind, index))) is not None:
                away.say(Join(self._addresses))
                print(f"{away.task} prints to {away.task.log(self._folder).name}", flush=True)
                continue
            place = self._member.order.places.get((kind, index))
            host = None if place is None else place.host
            task = Task(self._cluster, kind, index, self._addresses, host)
            process = Process(task, *self._member.start(task))
            self._processes.append(process)
            log = task.log(self._folder).name
            print(f"{task} is process {process.pid} and prints to {log}", flush=True)

    def _listen(self, seconds: float) -> None:
        """Handles all messages, waiting for one for at most this many seconds."""
        pipes = {process.pipe: process for process in self._processes if process.pipe is not None}
        ends = {process.end: process for process in self._processes if process.end is not None}
        ready = wait([self._sweep, *pipes, *ends], seconds)
        if self._sweep in ready:
            self._hear_sweep(self._sweep.recv())
        for pipe, process in pipes.items():
            if pipe in ready and (said := process.hear()) is not None:
                self._take(process, said)
        for end, process in ends.items():
            if end in ready:
                while process.pipe is not None and process.pipe.poll():
                    if (said := process.hear()) is not None:
                        self._take(process, said)
                process.reap()
        self._look_for_end()

    def _hear_sweep(self, message: Downward) -> None:
        match message:
            case FromTask(task, said):
                away = self._away[task]
                if (heard := away.hear(said)) is not None:
                    self._take(away, heard)
            case Stop():
                self._is_called_off = True
                self._tell(CHIEF, message)
            case Answer():
                self._tell(self._cluster.reporting_type, message)

    def _take(self, process: Process | AwayTask, message: Upward) -> None:
        """Passes on a message about the training or the trial's evaluations."""
        task = process.task
        match message:
            case Prepared():
                self._start(*(kind for kind in self._cluster.counts if kind != CHIEF))
            case InputEnded() if task.is_chief:
                self._input_end = message
            case Evaluated(step, metrics):
                if not task.reports:
                    process.say(Answer(prune=False))
                    return
                self._evaluations.append({"step": step, **metrics})
                self._pass_on(message)
            case Remarked():
                self._pass_on(message)
            case Started() if task.is_chief:
                self._has_started = True
                self._sweep.send(message)
                while self._held:
                    self._sweep.send(self._held.pop(0))
            case InputEnded() | Started():
                pass
            case _ if task.is_chief or task.reports:
                self._pass_on(message)

    def _pass_on(self, message: Upward) -> None:
        if self._has_started:
            self._sweep.send(message)
        else:
            self._held.append(message)

    def _tell(self, kind: str, message: Answer | Stop | TrainingOver) -> None:
        for process in self._of(kind):
            process.say(message)

    def _of(self, *kinds: str) -> list[Process | AwayTask]:
        everyone: list[Process | AwayTask] = [*self._processes, *self._away.values()]
        return [process for process in everyone if process.task.type in kinds]

    def _look_for_end(self) -> None:
        """Ends the other tasks when the chief stops training or the evaluator gives up."""
        outcome = next((chief.outcome for chief in self._of(CHIEF)), None)
        if not self._is_over and outcome is not None and outcome.failure is None:
            self._is_over, self._over_at = True, time.monotonic()
            self._tell(EVALUATOR, TrainingOver(self._input_end))
            self._tell(WORKER, Stop())
        elif self._is_pruned and not self._is_stopping:
            self._is_stopping = True
            self._tell(CHIEF, Stop())

    @property
    def _chief(self) -> Process | AwayTask:
        return self._of(CHIEF)[0]

    @property
    def _told(self) -> Outcome | None:
        """The outcome of the task that makes the trial's evaluations, once it has one."""
        return next((process.outcome for process in self._of(self._cluster.reporting_type)), None)

    @property
    def _is_pruned(self) -> bool:
        return self._told is not None and self._told.state is AttemptState.PRUNED

    def _outcome(self) -> Outcome | None:
        """How the attempt ended, once it has."""
        chief, told = self._chief, self._told
        if told is not None and self._is_pruned:
            return self._summed_up(told) if chief.has_ended else None
        if self._failures():
            return self._failed()
        return self._summed_up(told) if self._is_over and told is not None else None

    def _summed_up(self, told: Outcome) -> Outcome:
        """The outcome of the evaluating task, completed with the chief's."""
        chief = self._chief.outcome
        if chief is None or chief is told:
            return told
        if chief.state is AttemptState.WAITING and not self._is_pruned:
            told = replace(told, state=AttemptState.WAITING, failure=None)
        evaluate = told.seconds.get("evaluate", 0.0)
        return replace(told, seconds={**chief.seconds, "evaluate": evaluate})

    def _failed(self) -> Outcome:
        """The outcome for the first cause, after waiting a moment for other failures."""
        deadline = time.monotonic() + SECONDS_TO_SETTLE
        while (seconds := deadline - time.monotonic()) > 0:
            self._listen(seconds)
        failure = min(self._failures(), key=_rank)
        print(f"{failure}: the other tasks are stopped.", flush=True)
        last = self._evaluations[-1:]
        metrics = {name: v for told in last for name, v in told.items() if name != "step"}
        return Outcome(AttemptState.FAIL, metrics, failure=failure, evaluations=self._evaluations)

    def _failures(self) -> list[Failure]:
        """The failures that count. After the training, workers and servers may end in any way."""
        counting = (CHIEF, EVALUATOR) if self._is_over else tuple(self._cluster.counts)
        killed = count_oom_kills() > self._oom_kills
        found = (p.failure(self._folder, kernel_has_killed=killed) for p in self._of(*counting))
        return [failure for failure in found if failure is not None]

    def _let_leave(self) -> None:
        """Gives the tasks a moment to end by themselves."""
        deadline = self._over_at + SECONDS_TO_LEAVE
        while not all(process.is_gone for process in self._of(CHIEF, WORKER, EVALUATOR)):
            if (seconds := deadline - time.monotonic()) <= 0:
                break
            self._listen(seconds)


def _rank(failure: Failure) -> bool:
    """Lost processes first, then chief, worker, ps and evaluator, in the order of the tasks."""
    return failure.cause not in LOST_PROCESS
