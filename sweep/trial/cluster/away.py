"""A task on another machine than its leader: as the leader sees it, and as it runs there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection

from sweep.folder.layout import TrialFolder
from sweep.trial.cluster.member import Member
from sweep.trial.cluster.ports import addresses_held
from sweep.trial.cluster.process import failure_of_task
from sweep.trial.cluster.task import Task
from sweep.trial.messages import (
    Answer,
    Downward,
    Ended,
    Evaluated,
    Join,
    Reachable,
    Remarked,
    Stop,
    ToTask,
    TrainingOver,
    Upward,
)
from sweep.trial.outcome import AttemptState, Failure, Outcome


class AwayTask:
    """A task on another machine. The sweep carries its messages, and ends it with the trial.

    Args:
        task: the task.
        send: sends a message to the sweep.
    """

    def __init__(self, task: Task, send: Callable[[Upward], None]) -> None:
        self.task = task
        self.address: str | None = None
        """HOST:PORT, once it is known."""
        self.outcome: Outcome | None = None
        """How its part or its process ended."""
        self._send = send

    @property
    def is_gone(self) -> bool:
        return self.outcome is not None

    @property
    def has_ended(self) -> bool:
        """Whether its process is gone."""
        return self.is_gone

    def hear(self, message: Upward) -> Upward | None:
        """Its message; None if that says how it ended or where it is reached."""
        match message:
            case Ended(outcome):
                self.outcome = outcome
            case Reachable(address):
                self.address = address
            case _:
                return message
        return None

    def say(self, message: Answer | Stop | TrainingOver | Join) -> None:
        """Sends it a message, if it still exists."""
        if self.outcome is None:
            self._send(ToTask(self.task.id, message))

    def failure(self, folder: TrialFolder, *, kernel_has_killed: bool) -> Failure | None:
        """Why its part failed, with the task's name and last output; None if it did not."""
        return None if self.outcome is None else failure_of_task(self.task, self.outcome, folder)


def run_away(member: Member, task: Task, address: str, channel: Connection) -> Outcome:
    """Does the part of a task whose leader is on another machine.

    Args:
        member: what the task runs.
        task: the task, which does not know the others' addresses yet.
        address: where the other machines reach this one.
        channel: the pipe to the sweep.
    """
    member.folder.folder.mkdir(parents=True, exist_ok=True)
    with addresses_held({task.type: 1}, address) as held:
        channel.send(Reachable(*held[task.type]))
        answer: Downward = channel.recv()
        if not isinstance(answer, Join):
            return Outcome(AttemptState.WAITING)
        return member.run(replace(task, addresses=answer.addresses), _Brief(channel))


class _Brief:
    """A channel for what the leader needs to know of a worker or a parameter server."""

    def __init__(self, channel: Connection) -> None:
        self._channel = channel

    def send(self, message: Upward, /) -> None:
        if isinstance(message, Evaluated | Remarked):
            self._channel.send(message)

    def recv(self) -> Downward:
        message: Downward = self._channel.recv()
        return message

    def poll(self) -> bool:
        return self._channel.poll()
