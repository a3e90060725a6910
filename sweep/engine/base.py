"""Where a trial trains: what every engine does, so the main flow does not depend on which it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Protocol, Self

from sweep.trial.messages import Downward, Order, Upward

Take = Callable[[int, Upward], None]
"""Gets the number of a trial and a message of its attempt."""


class Engine(Protocol):
    """Runs attempts in slots, and passes their messages on. It is entered once and left once.

    Every engine keeps these invariants:

    - Messages of one attempt come in the order in which they were sent: Started first, Ended last
      and exactly once. An attempt that never built its model only says Ended. Messages of
      different attempts come in any order.
    - An attempt's slot is free again when its Ended is passed on. All processes of the attempt are
      gone by then, unless it is COMPLETE or PRUNED: then its process may still be exiting, but
      writes nothing any more.
    - Messages that an attempt sent before it died are passed on before its end.
    - A lost process ends with the outcome FAIL and a cause in `trial.outcome.LOST_PROCESS`. An
      attempt that passed a limit ends with TIMEOUT, STALLED or OUT_OF_MEMORY, and one that `kill`
      ended with SIGNAL. A lost node counts as a lost process for each of its attempts, and their
      slots are gone with it.
    - After its Ended, no attempt writes into the trial's folder, so another attempt can claim it.
      An engine that cannot ensure this lets the folder refuse writes of the dead attempt.
    - Orders name the trial. The folder is found where the attempt runs, and `Outcome.host` is the
      machine that it ran on.
    - `answer` and `kill` can be called at any time, even from within `listen`. They do nothing for
      an attempt that has ended.
    """

    n_slots: int
    """How many attempts run at a time."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends everything that still runs; does nothing if an engine has nothing to end."""
        return

    @property
    def nodes(self) -> Mapping[str, int]:
        """The machines that attempts run on, and how many at a time on each. Empty if attempts run
        only on this machine. Machines can come and go."""
        return {}

    def host(self, number: int) -> str | None:
        """The machine on which the attempt at trial `number` runs, if it is known."""
        return None

    def has_slot(self, number: int) -> bool:
        """Whether the attempt at trial `number`, which was started, has a slot. If slots come and
        go, it may have to wait for one."""
        return True

    @property
    def has_free_slot(self) -> bool:
        """Whether another attempt can start now."""

    def start(self, order: Order) -> None:
        """Starts an attempt in a free slot; `listen` passes on its messages.

        Raises:
            EngineError: the process that starts attempts is gone.
        """

    def listen(self, timeout: float, take: Take) -> None:
        """Passes on messages of attempts, and waits up to `timeout` seconds for the first one.

        An engine that trains in this process does so here, and takes longer.

        Raises:
            EngineError: what runs attempts is gone.
        """

    def answer(self, number: int, message: Downward) -> None:
        """Sends a message to the attempt at trial `number`."""

    def kill(self, number: int) -> None:
        """Kills the attempt at trial `number`, with all processes that it started."""
