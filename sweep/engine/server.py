"""The process that starts a process for each attempt and reports how each ends.

It is forked from the sweep early, when TensorFlow and the study are loaded but nothing is started.
An attempt forked from it therefore costs no import and no first graph. If forking is not safe, it
starts new interpreters instead. It knows nothing about trials, and everything that it started ends
with it.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, Pipe, wait
from multiprocessing.reduction import recv_handle
from pathlib import Path

from sweep.engine import offspring
from sweep.study.spec import StudySpec
from sweep.trial import process
from sweep.trial.execution import Folders, Runner, run_order
from sweep.trial.parent import adopt_orphans, die_with, exit_after, fork
from sweep.trial.surroundings import limit_thread_pools


@dataclass(frozen=True)
class Launch:
    """Start a process for attempt `key`; the handle of its pipe follows."""

    key: int


@dataclass(frozen=True)
class Kill:
    """Send a signal to attempt `key` and all that it started."""

    key: int
    signal: signal.Signals = signal.SIGKILL


@dataclass(frozen=True)
class Beat:
    """Give a sign of life: the same message."""


@dataclass(frozen=True)
class Launched:
    """The process of attempt `key` was started."""

    key: int
    pid: int


@dataclass(frozen=True)
class Exited:
    """The process of attempt `key` has ended, with a return code as in `subprocess`."""

    key: int
    returncode: int


def start_server(
    study: StudySpec | Path, folders: Folders, runner: Runner, mark: str, threads: int
) -> tuple[int, Connection]:
    """Starts the server; returns its process id and the pipe to it.

    Args:
        study: a study that attempts are forked with, or the file that new interpreters load.
        folders: where the trials' folders are.
        runner: what a forked attempt does with its order.
        mark: identifies its trials in their environment.
        threads: how many threads BLAS and OpenMP get in most attempts.
    """
    sweep_end, server_end = Pipe()
    pid = fork()
    if pid == 0:
        sweep_end.close()
        exit_after(lambda: _Server(server_end, study, folders, runner, mark).serve(threads))
    server_end.close()
    return pid, sweep_end


class _Server:
    def __init__(
        self,
        sweep: Connection,
        study: StudySpec | Path,
        folders: Folders,
        runner: Runner,
        mark: str,
    ) -> None:
        os.setsid()
        adopt_orphans()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        self._sweep = sweep
        self._study = study
        self._folders = folders
        self._runner = runner
        self._mark = mark
        self._keeper = self._start_keeper()
        self._child_ended = _wake_on(signal.SIGCHLD)
        self._pids: dict[int, int] = {}

    def _start_keeper(self) -> int:
        """Starts a process that kills what trials started, if this process is killed."""
        server_pid = os.getpid()
        pid = fork()
        if pid == 0:
            self._sweep.close()
            exit_after(lambda: offspring.end_marked_after(server_pid, self._mark))
        return pid

    def serve(self, threads: int) -> None:
        """Works until the sweep closes its end of the pipe, then kills all that still runs."""
        limit_thread_pools(threads)
        if isinstance(self._study, StudySpec) and self._runner is run_order:
            process.prepare(self._study)
        gc.freeze()
        try:
            while True:
                if self._sweep in wait([self._sweep, self._child_ended]):
                    self._handle(self._sweep.recv())
                else:
                    self._child_ended.recv(4096)
                    self._report_ended()
        except (EOFError, ConnectionError):
            for pid in self._pids.values():
                kill_group(pid)
            offspring.end_orphans(known=())

    def _handle(self, request: Launch | Kill | Beat) -> None:
        if isinstance(request, Beat):
            self._sweep.send(request)
        elif isinstance(request, Launch):
            pipe = recv_handle(self._sweep)
            pid = self._pids[request.key] = self._launch(pipe, f"{self._mark}-{request.key}")
            os.close(pipe)
            self._sweep.send(Launched(request.key, pid))
        elif request.key in self._pids:
            kill_group(self._pids[request.key], request.signal)

    def _launch(self, pipe: int, mark: str) -> int:
        if isinstance(self._study, Path):
            return _spawn(pipe, self._study, self._folders, mark)
        server_pid = os.getpid()
        pid = fork()
        if pid == 0:
            self._sweep.close()
            self._child_ended.close()
            exit_after(
                partial(_attempt, pipe, self._study, self._folders, self._runner, server_pid, mark)
            )
        return pid

    def _report_ended(self) -> None:
        for key, pid in list(self._pids.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                kill_group(pid)
                del self._pids[key]
                offspring.end_orphans(known={self._keeper, *self._pids.values()})
                self._sweep.send(Exited(key, os.waitstatus_to_exitcode(status)))


def _attempt(
    pipe: int, study: StudySpec, folders: Folders, runner: Runner, server_pid: int, mark: str
) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    die_with(server_pid)
    adopt_orphans()
    offspring.let_children_end_with_this_process()
    os.environ[offspring.MARK] = mark
    process.main(Connection(pipe), study, folders, runner)


def _spawn(pipe: int, study_file: Path, folders: Folders, mark: str) -> int:
    arguments = [pipe, os.getpid(), study_file, folders.results, folders.scratch]
    command = [sys.executable, "-m", "sweep.trial", *map(str, arguments)]
    environment = {**os.environ, offspring.MARK: mark}
    os.set_inheritable(pipe, True)
    return os.posix_spawn(sys.executable, command, environment, setsid=True)


def _wake_on(signal_number: signal.Signals) -> socket.socket:
    """A socket that becomes readable when the signal comes."""
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)
    signal.signal(signal_number, lambda *_: None)
    return reader


def kill_group(pid: int, signal_number: signal.Signals = signal.SIGKILL) -> None:
    """Sends a signal to a trial's process and all that it started, unless they are gone."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal_number)
