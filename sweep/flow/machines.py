"""The machines that trials run on, if there are several: reported, and kept in the study."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from sweep import attrs, events
from sweep.engine.base import Engine
from sweep.storage.backlog import Backlog
from sweep.storage.study import AskedStudy


class Machines:
    """The machines of one sweep.

    Args:
        study: the study.
        engine: runs its trials.
        backlog: writes to the study.
        listener: gets the events.
    """

    def __init__(
        self, study: AskedStudy, engine: Engine, backlog: Backlog, listener: events.Listener
    ) -> None:
        self._study = study
        self._engine = engine
        self._backlog = backlog
        self._say = listener
        self._told: Mapping[str, int] = {}

    def look(self) -> None:
        """Reports machines that have come or gone."""
        if (there := self._engine.nodes) != self._told:
            self._told = dict(there)
            self._say(events.NodesChanged(self._told))

    def note(self, number: int) -> None:
        """Writes to the study where a trial runs, as soon as it runs."""
        if (host := self._engine.host(number)) is not None:
            self._backlog.write(partial(self._study.note, number, {attrs.HOST: host}))
            self._say(events.TrialPlaced(number, host))
