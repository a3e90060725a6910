"""An agent: a process that runs attempts on its share of a node, as a sweep does on one machine.

python -m sweep.engine.ray.agent PIPE, with its instructions as the first messages (see `wire`).

It is a clean interpreter, so it can fork. It ends its trials and itself when the actor that
started it is gone, or when it has not heard from the sweep for a while.
"""

from __future__ import annotations

import os
import pickle
import platform
import signal
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from sweep.trial.parent import hear_of_parents_end

if TYPE_CHECKING:
    from sweep.engine.base import Engine
    from sweep.engine.ray.briefing import Brief
    from sweep.engine.ray.luggage import Luggage
    from sweep.trial.messages import Resources, Upward

SECONDS_BETWEEN_LOOKS = 0.2


def main(channel: Connection) -> None:
    """The life of an agent.

    Args:
        channel: the pipe to the actor.
    """
    _hear_signals()
    hear_of_parents_end(signal.SIGTERM)
    # The same name as in `folder.mirror`, which cannot be imported before modules can be found.
    place = os.environ.get("SWEEP_SCRATCH")
    if place:
        Path(place).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sweep-", dir=place) as scratch:
        try:
            _work(channel, Path(scratch))
        except (EOFError, ConnectionError):  # the actor is gone
            return


def _hear_signals() -> None:
    """Resets the handling of signals to that of a new program; Ray's workers change it."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)


def _leave(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def _work(channel: Connection, scratch: Path) -> None:
    from sweep.engine.choice import how_to_start
    from sweep.engine.local import LocalEngine
    from sweep.engine.mirrored import mirrored
    from sweep.engine.ray.briefing import load, refuse_other_folder
    from sweep.engine.ray.wire import Noticed, Ready, Refused
    from sweep.errors import EngineError, SweepError
    from sweep.trial.execution import Folders

    def say(text: str) -> None:
        channel.send([Noticed(text)])

    try:
        luggage: Luggage = pickle.loads(channel.recv())
        briefing: bytes = channel.recv()
        slots: list[Resources] = channel.recv()
        luggage.refuse_versions()
        root = luggage.unpack(scratch / "files")
        _find_modules(luggage, root)
        brief: Brief = pickle.loads(briefing)
        refuse_other_folder(brief)
        how = how_to_start(load(brief, root), say)
    except (SweepError, ImportError, AttributeError) as error:
        channel.send([Refused(str(error))])
        return
    folders = Folders(_results(brief, scratch), scratch)
    local = LocalEngine(how, folders, slots, brief.limits, brief.runner, say)
    local.wake_on(channel)
    with mirrored(local, folders, None, say, holds_ends=True) as engine:
        channel.send([Ready(platform.node())])
        try:
            _serve(engine, channel)
        except EngineError as error:
            say(str(error))


def _find_modules(luggage: Luggage, root: Path) -> None:
    """Makes imports find the same modules as in the sweep, if they exist here."""
    from sweep.engine.ray.luggage import below

    own = Path(luggage.directory)
    for folder in (own, below(root, own)):
        if folder.is_dir():
            os.chdir(folder)
            break
    places = [str(below(root, Path(place))) for place in luggage.path]
    sys.path += [place for place in (*places, *luggage.path) if place not in sys.path]


def _results(brief: Brief, scratch: Path) -> Path:
    """The results folder on this node."""
    from sweep.folder.mirror import make_mirror

    if brief.remote is None:
        return brief.results
    return make_mirror(brief.remote, scratch / "results").folder


def _serve(engine: Engine, channel: Connection) -> None:
    """Follows the messages of the sweep until it says Leave, or nothing for too long."""
    from sweep.engine.ray import wire

    said: list[wire.Said] = []

    def take(number: int, message: Upward) -> None:
        said.append(wire.Said(number, message))

    heard = wire.uptime()
    while wire.uptime() - heard < wire.SECONDS_OF_SILENCE:
        engine.listen(SECONDS_BETWEEN_LOOKS, take)
        if said:
            channel.send(said)
            said.clear()
        while channel.poll():
            message: wire.Down = channel.recv()
            heard = wire.uptime()
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
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # the interpreter takes a second and more to tear TensorFlow down
