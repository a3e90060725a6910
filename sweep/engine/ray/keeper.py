"""The actor that starts an agent on a node, and carries messages between it and the sweep.

It runs in a Ray worker, which must never fork, and does not unpickle the messages.
"""

from __future__ import annotations

import math
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe, wait

import ray

from sweep.engine.ray.sizes import gpus_of_slots
from sweep.engine.ray.wire import SECONDS_OF_SILENCE, uptime
from sweep.trial.messages import Resources

SECONDS_TO_END = 10.0
SECONDS_OF_GRACE = 5.0
SECONDS_BETWEEN_LOOKS = 1.0
N_THREADS = 3
"""One for each of the methods that the sweep calls at a time."""


class Keeper:
    """Starts an agent and keeps in touch with it.

    Args:
        node: the id of the node that the sweep takes it to be on. A node can be lost before the
            actor has started there; Ray then moves the bundle of a placement group to another.
        words: what the agent must know, pickled: Luggage and a Brief.
        n_slots: how many attempts the agent runs at a time.
        threads: how many threads each of them gets.
        gpus_per_trial: how many GPUs each of them gets.
    """

    def __init__(
        self,
        node: str,
        words: Sequence[bytes],
        n_slots: int,
        threads: int,
        gpus_per_trial: float,
    ) -> None:
        context = ray.get_runtime_context()
        if context.get_node_id() != node:
            raise RuntimeError("Ray has moved the actor to another node")
        ids = context.get_accelerator_ids()["GPU"]
        gpus = gpus_of_slots(ids, n_slots, gpus_per_trial)
        slots = [Resources(threads, gpu) for gpu in gpus]
        self._agent, theirs = Pipe()
        self._talk = threading.Lock()
        self._heard: queue.SimpleQueue[bytes | int] = queue.SimpleQueue()
        self._is_greeted = False
        self._told = math.inf
        """When the last message of the sweep came, if any."""
        threading.Thread(target=self._keep, args=(theirs, [*words, slots]), daemon=True).start()

    def events(self) -> tuple[list[bytes], int | None]:
        """The next messages of the agent, and its exit code once it is gone; waits for either.

        The first call returns at once, to show that the actor runs.
        """
        if not self._is_greeted:
            self._is_greeted = True
            return [], None
        heard = [self._heard.get()]
        while not self._heard.empty():
            heard.append(self._heard.get())
        codes = [word for word in heard if isinstance(word, int)]
        return [word for word in heard if isinstance(word, bytes)], codes[0] if codes else None

    def tell(self, words: Sequence[bytes]) -> None:
        """Passes messages on to the agent, if it still runs."""
        self._told = uptime()
        with self._talk:
            try:
                for word in words:
                    self._agent.send_bytes(word)
            except OSError:  # `events` reports that it is gone
                return

    def _keep(self, theirs: Connection, words: Sequence[object]) -> None:
        """Starts the agent, which ends with this thread, and reads its messages until it ends."""
        command = [sys.executable, "-m", "sweep.engine.ray.agent", str(theirs.fileno())]
        process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
        )
        theirs.close()
        with suppress(OSError):  # the agent has ended already
            for word in words:
                self._agent.send(word)
        end = os.pidfd_open(process.pid)
        while end not in (ready := wait([self._agent, end], SECONDS_BETWEEN_LOOKS)):
            if self._agent in ready and not self._hear():
                break
            if uptime() - self._told > SECONDS_OF_SILENCE + SECONDS_OF_GRACE:
                process.kill()  # it should have ended by itself, but may be stopped
        while wait([self._agent], SECONDS_TO_END) and self._hear():
            pass  # trials that still hold the pipe close it when they are gone
        os.close(end)
        self._heard.put(process.wait())

    def _hear(self) -> bool:
        """Receives one message of the agent; returns False at the end of the pipe."""
        try:
            self._heard.put(self._agent.recv_bytes())
        except (EOFError, OSError):
            return False
        return True
