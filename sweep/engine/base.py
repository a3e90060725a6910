"""Where a trial trains: what every engine does, so that the main flow need not know which it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Protocol, Self

from sweep.trial.messages import Downward, Order, Upward

Take = Callable[[int, Upward], None]
"""Is called with the number of a trial and what its attempt has said."""


class Engine(Protocol):
    """Runs attempts in slots, and hands on what they say. It is entered once, and left once.

    What holds of every engine:

    - Messages of one attempt come in the order in which they were sent: Started first, Ended last
      and exactly once. An attempt that never came to build its model says Ended alone. Messages of
      different attempts come in any order.
    - An attempt's slot is free again when its Ended is handed on. What the attempt has started is
      gone by then, unless it is COMPLETE or PRUNED: its process may still be leaving, which writes
      nothing any more.
    - What it said before it died is handed on before its end.
    - A lost process ends with the outcome FAIL by a cause of `trial.outcome.LOST_PROCESS`; one that
      has passed a limit by TIMEOUT, STALLED or OUT_OF_MEMORY; one that `kill` has ended by SIGNAL.
      A lost node is a lost process to each of its attempts, and their slots are gone with it.
    - After its Ended, no attempt writes into the trial's folder, so that another may claim it. An
      engine that cannot see to that itself has the folder refuse the dead attempt's.
    - Orders name the trial; the folder is found where the attempt runs, and `Outcome.host` is the
      machine that it ran on.
    - `answer` and `kill` may be called at any time, from within `listen` too; for an attempt that
      has ended they do nothing.
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
        """Ends whatever still runs; nothing, unless an engine has something to end."""
        return

    @property
    def nodes(self) -> Mapping[str, int]:
        """The machines that attempts run on, and how many at a time on each; empty if that is this
        one alone. They may come and go."""
        return {}

    def host(self, number: int) -> str | None:
        """The one of them on which the attempt at trial `number` runs, as far as that is known."""
        return None

    def has_slot(self, number: int) -> bool:
        """Whether the attempt at trial `number`, which was started, has a slot. Where slots come
        and go it may have to wait for one."""
        return True

    @property
    def has_free_slot(self) -> bool:
        """Whether another attempt can start now."""

    def start(self, order: Order) -> None:
        """Starts an attempt in a free slot; `listen` tells how it goes on.

        Raises:
            EngineError: what starts attempts is gone.
        """

    def listen(self, timeout: float, take: Take) -> None:
        """Hands on what attempts have said, waiting up to `timeout` seconds for something.

        An engine that trains in this very process does so in here, and takes longer.

        Raises:
            EngineError: what runs attempts is gone.
        """

    def answer(self, number: int, message: Downward) -> None:
        """Says something to the attempt at trial `number`."""

    def kill(self, number: int) -> None:
        """Ends the attempt at trial `number` at once, with all that it started."""
