"""A trial's process that leads a cluster: it starts the tasks, and speaks for them with the sweep.

It runs nothing of TensorFlow itself, so that it may fork. It passes on what the chief says of the
training and what the task says that evaluates, and the sweep's answers to that. Whatever its tasks
do, it comes to an end: a task that is lost or fails ends them all.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any

from sweep.study.cluster import CHIEF, EVALUATOR, WORKER, Cluster
from sweep.trial.cluster.member import Member
from sweep.trial.cluster.ports import addresses_held
from sweep.trial.cluster.process import Process
from sweep.trial.cluster.task import Task
from sweep.trial.exits import count_oom_kills
from sweep.trial.messages import (
    Answer,
    Evaluated,
    InputEnded,
    Prepared,
    Remarked,
    Started,
    Stop,
    TrainingOver,
    Upward,
)
from sweep.trial.outcome import LOST_PROCESS, AttemptState, Failure, Outcome

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_TO_SETTLE = 0.5
"""In which the loss of one task shows in others, so that the cause is told and not the effect."""
SECONDS_TO_LEAVE = 3.0
"""For tasks that have nothing more to do."""
MOST_TIMES_STARTED = 3
_PORT_TAKEN = "Could not start gRPC server"


def lead(member: Member, cluster: Cluster, sweep: Connection) -> Outcome:
    """Runs an order by a cluster, and returns how the attempt has ended.

    Args:
        member: starts the tasks.
        cluster: which there are.
        sweep: the pipe to the sweep.
    """
    for _ in range(MOST_TIMES_STARTED):
        with addresses_held(cluster) as addresses:
            outcome = _Leader(member, cluster, addresses, sweep).run()
        if outcome.failure is None or _PORT_TAKEN not in outcome.failure.detail:
            break
        print("Another process has taken a port: the tasks start again, on others.", flush=True)
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
        self._held: list[Upward] = []
        """What is passed on after the chief's Started, which comes first."""
        self._has_started = False
        self._input_end: InputEnded | None = None
        self._is_over = False
        """Whether the chief has trained to an end that is no failure."""
        self._over_at = 0.0
        self._is_stopping = False
        self._evaluations: list[dict[str, Any]] = []

    def run(self) -> Outcome:
        try:
            self._start(CHIEF)
            while (outcome := self._outcome()) is None:
                self._listen(SECONDS_BETWEEN_LOOKS)
            if self._is_over:
                self._let_leave()
        except (EOFError, ConnectionError):  # the sweep has ended
            outcome = Outcome(AttemptState.WAITING)
        finally:
            for process in self._processes:
                process.kill()
        return outcome

    def _start(self, *kinds: str) -> None:
        for kind in kinds:
            for index in range(self._cluster.counts[kind]):
                task = Task(self._cluster, kind, index, self._addresses)
                process = Process(task, *self._member.start(task))
                self._processes.append(process)
                log = task.log(self._folder).name
                print(f"{task} is process {process.pid} and prints to {log}", flush=True)

    def _listen(self, seconds: float) -> None:
        """Takes what there is to take, waiting for something up to so many seconds."""
        pipes = {process.pipe: process for process in self._processes if process.pipe is not None}
        ends = {process.end: process for process in self._processes if process.end is not None}
        ready = wait([self._sweep, *pipes, *ends], seconds)
        if self._sweep in ready:
            message = self._sweep.recv()
            receiver = CHIEF if isinstance(message, Stop) else self._cluster.reporting_type
            self._tell(receiver, message)
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

    def _take(self, process: Process, message: Upward) -> None:
        """Passes a message on if it is of the training or of the trial's evaluations."""
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

    def _of(self, *kinds: str) -> list[Process]:
        return [process for process in self._processes if process.task.type in kinds]

    def _look_for_end(self) -> None:
        """Has the other tasks end where the chief trains no more, or the evaluator gives up."""
        outcome = self._chief.outcome
        if not self._is_over and outcome is not None and outcome.failure is None:
            self._is_over, self._over_at = True, time.monotonic()
            self._tell(EVALUATOR, TrainingOver(self._input_end))
            self._tell(WORKER, Stop())
        elif self._is_pruned and not self._is_stopping:
            self._is_stopping = True
            self._tell(CHIEF, Stop())

    @property
    def _chief(self) -> Process:
        return self._of(CHIEF)[0]

    @property
    def _told(self) -> Outcome | None:
        """The outcome of the task whose evaluations are the trial's, once there is one."""
        return next((process.outcome for process in self._of(self._cluster.reporting_type)), None)

    @property
    def _is_pruned(self) -> bool:
        return self._told is not None and self._told.state is AttemptState.PRUNED

    def _outcome(self) -> Outcome | None:
        """How the attempt has ended, once it has."""
        chief, told = self._chief, self._told
        if told is not None and self._is_pruned:
            return self._summed_up(told) if chief.has_ended else None
        if self._failures():
            return self._failed()
        return self._summed_up(told) if self._is_over and told is not None else None

    def _summed_up(self, told: Outcome) -> Outcome:
        """The outcome of the task that tells, with what the chief has of it."""
        chief = self._chief.outcome
        if chief is None or chief is told:
            return told
        if chief.state is AttemptState.WAITING and not self._is_pruned:
            told = replace(told, state=AttemptState.WAITING, failure=None)
        evaluate = told.seconds.get("evaluate", 0.0)
        return replace(told, seconds={**chief.seconds, "evaluate": evaluate})

    def _failed(self) -> Outcome:
        """The outcome by the first cause, waiting a moment for what else has failed."""
        deadline = time.monotonic() + SECONDS_TO_SETTLE
        while (seconds := deadline - time.monotonic()) > 0:
            self._listen(seconds)
        failure = min(self._failures(), key=_rank)
        print(f"{failure}: the other tasks are ended.", flush=True)
        last = self._evaluations[-1:]
        metrics = {name: v for told in last for name, v in told.items() if name != "step"}
        return Outcome(AttemptState.FAIL, metrics, failure=failure, evaluations=self._evaluations)

    def _failures(self) -> list[Failure]:
        """Those that count; when the training is over, a worker or a server may end as it likes."""
        counting = (CHIEF, EVALUATOR) if self._is_over else tuple(self._cluster.counts)
        killed = count_oom_kills() > self._oom_kills
        found = (p.failure(self._folder, kernel_has_killed=killed) for p in self._of(*counting))
        return [failure for failure in found if failure is not None]

    def _let_leave(self) -> None:
        """Gives the tasks that end by themselves a moment to do so."""
        deadline = self._over_at + SECONDS_TO_LEAVE
        while any(process.end is not None for process in self._of(CHIEF, WORKER, EVALUATOR)):
            if (seconds := deadline - time.monotonic()) <= 0:
                break
            self._listen(seconds)


def _rank(failure: Failure) -> bool:
    """Lost processes come first, then chief, worker, ps, evaluator, as the tasks are listed."""
    return failure.cause not in LOST_PROCESS
