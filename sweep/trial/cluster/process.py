"""A task's process, as its leader sees it."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from multiprocessing.connection import Connection

from sweep.folder.layout import TrialFolder, last_line
from sweep.study.cluster import PS
from sweep.trial.cluster.task import Task
from sweep.trial.exits import failure_of_exit
from sweep.trial.messages import Downward, Ended, Upward
from sweep.trial.outcome import LOST_PROCESS, Cause, Failure, Outcome


class Process:
    """One task's process.

    Args:
        task: the task.
        pid: the process id; the process is a child of this one.
        pipe: the pipe to it.
    """

    def __init__(self, task: Task, pid: int, pipe: Connection) -> None:
        self.task = task
        self.pid = pid
        self.pipe: Connection | None = pipe
        """None once it can send nothing more."""
        self.end: int | None = os.pidfd_open(pid)
        """Readable once the process has ended; None after that was seen."""
        self.outcome: Outcome | None = None
        """How its part ended, as the task reports it."""
        self._returncode: int | None = None

    @property
    def is_gone(self) -> bool:
        return self.end is None

    @property
    def has_ended(self) -> bool:
        """Whether its part is done or its process is gone."""
        return self.outcome is not None or self.is_gone

    def hear(self) -> Upward | None:
        """Its next message; None if that is its outcome, or if there is none."""
        assert self.pipe is not None
        try:
            message: Upward = self.pipe.recv()
        except (EOFError, OSError):
            self._close()
            return None
        if isinstance(message, Ended):
            self.outcome = message.outcome
            return None
        return message

    def say(self, message: Downward) -> None:
        """Sends it a message, if it still exists."""
        if self.pipe is not None:
            with suppress(OSError):
                self.pipe.send(message)

    def reap(self) -> None:
        """Records that the process has ended, if it has."""
        _, status = os.waitpid(self.pid, 0)
        self._returncode = os.waitstatus_to_exitcode(status)
        if self.end is not None:
            os.close(self.end)
            self.end = None

    def kill(self) -> None:
        """Kills the process, if it has not ended."""
        if self.end is not None:
            os.kill(self.pid, signal.SIGKILL)
            self.reap()
        self._close()

    def failure(self, folder: TrialFolder, *, kernel_has_killed: bool) -> Failure | None:
        """Why its part failed, with the task's name and last output; None if it did not."""
        if self.outcome is not None:
            return failure_of_task(self.task, self.outcome, folder)
        if self._returncode is None:
            return None
        failure = failure_of_exit(self._returncode, kernel_has_killed=kernel_has_killed)
        return _with_last_words(self.task, failure, folder)

    def _close(self) -> None:
        if self.pipe is not None:
            self.pipe.close()
            self.pipe = None


def failure_of_task(task: Task, outcome: Outcome, folder: TrialFolder) -> Failure | None:
    """Why a task's part failed, by its outcome, with the task's name; None if it did not."""
    failure = outcome.failure
    if failure is None and task.type == PS:
        failure = Failure(Cause.EXIT, "the process ended before the training")
    if failure is not None and task.host is not None and failure.cause in LOST_PROCESS:
        return _with_last_words(task, failure, folder)
    return failure and Failure(failure.cause, f"{failure.detail} ({task}, {task.log(folder).name})")


def _with_last_words(task: Task, failure: Failure, folder: TrialFolder) -> Failure:
    log = task.log(folder)
    if not log.exists():  # remote results, which the machine of the task uploads
        return Failure(failure.cause, f"{failure.detail} ({task}, {log.name})")
    words = last_line(log) or "nothing"
    return Failure(failure.cause, f"{failure.detail} ({task}; {log.name} ends: {words})")
