"""An agent: a process that runs attempts on its share of a node, as a sweep does on one machine.

python -m sweep.engine.ray.agent PIPE, with a list of folders to import from as its first message.

It is a clean interpreter, so that it may fork. It ends its trials and itself when the actor that
has started it is gone, and when it has not heard of the sweep for a while.
"""

from __future__ import annotations

import os
import pickle
import platform
import signal
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from sweep.trial.process import hear_of_parents_end

if TYPE_CHECKING:
    from sweep.engine.local import LocalEngine
    from sweep.engine.ray.briefing import Brief
    from sweep.trial.messages import Resources, Upward

SECONDS_BETWEEN_LOOKS = 0.2


def main(channel: Connection) -> None:
    """The life of an agent.

    Args:
        channel: the pipe to the actor.
    """
    _hear_signals()
    hear_of_parents_end(signal.SIGTERM)
    try:
        folder, path = channel.recv()
        _find_modules(folder, path)
        _work(channel, channel.recv(), channel.recv())
    except (EOFError, ConnectionError):  # the actor is gone
        return


def _hear_signals() -> None:
    """Puts the handling of signals back to what a program begins with: Ray's workers change it."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)


def _leave(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def _find_modules(folder: str, path: list[str]) -> None:
    """Has imports find what they find in the sweep, where that is there."""
    if Path(folder).is_dir():
        os.chdir(folder)
    sys.path += [place for place in path if place not in sys.path]


def _work(channel: Connection, briefing: bytes, slots: list[Resources]) -> None:
    from sweep.engine.choice import how_to_start
    from sweep.engine.local import LocalEngine
    from sweep.engine.ray.briefing import load
    from sweep.engine.ray.wire import Noticed, Ready, Refused
    from sweep.errors import EngineError, SweepError
    from sweep.trial.execution import Folders

    def say(text: str) -> None:
        channel.send([Noticed(text)])

    try:
        brief: Brief = pickle.loads(briefing)
        loaded = load(brief)
        how = how_to_start(loaded, say)
    except (SweepError, ImportError, AttributeError) as error:
        channel.send([Refused(str(error))])
        return
    with tempfile.TemporaryDirectory(prefix="sweep-") as scratch:
        folders = Folders(brief.results, Path(scratch))
        with LocalEngine(how, folders, slots, brief.limits, brief.runner, say) as engine:
            channel.send([Ready(platform.node())])
            try:
                _serve(engine, channel)
            except EngineError as error:
                say(str(error))


def _serve(engine: LocalEngine, channel: Connection) -> None:
    """Does what the sweep says until it says leave, or nothing for too long."""
    from sweep.engine.ray import wire

    engine.wake_on(channel)
    said: list[wire.Said] = []

    def take(number: int, message: Upward) -> None:
        said.append(wire.Said(number, message))

    heard = time.monotonic()
    while time.monotonic() - heard < wire.SECONDS_OF_SILENCE:
        engine.listen(SECONDS_BETWEEN_LOOKS, take)
        if said:
            channel.send(said)
            said.clear()
        while channel.poll():
            message: wire.Down = channel.recv()
            heard = time.monotonic()
            match message:
                case wire.Begin(order):
                    engine.start(order)
                case wire.Tell(number, word):
                    engine.answer(number, word)
                case wire.End(number):
                    engine.kill(number)
                case wire.Leave():
                    return


if __name__ == "__main__":
    _descriptor = int(sys.argv[1])
    del sys.argv[1:]
    os.set_inheritable(_descriptor, False)
    main(Connection(_descriptor))
