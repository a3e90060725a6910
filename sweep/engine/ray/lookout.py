"""The nodes of a cluster as they come and go, seen from a thread of its own.

The head of a cluster that is lost does not answer for a minute, in which a sweep has more to do.
"""

from __future__ import annotations

import threading

from ray.exceptions import RayError

from sweep.engine.ray import connection
from sweep.engine.ray.sizes import Node

SECONDS_BETWEEN_LOOKS = 3.0


class Lookout:
    """Looks at the nodes of the cluster that this process is connected with."""

    def __init__(self) -> None:
        self.nodes: list[Node] = connection.nodes()
        """As they were seen last."""
        self.is_cut_off = False
        """Whether the cluster knows no more of this machine, or cannot be asked."""
        self._own = connection.own_node()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread, but does not wait for a head that does not answer."""
        self._is_over.set()
        self._thread.join(0.1)

    def _look(self) -> None:
        while not self._is_over.wait(SECONDS_BETWEEN_LOOKS):
            try:
                self.nodes = connection.nodes()
                self.is_cut_off = all(node.id != self._own for node in self.nodes)
            except (RayError, RuntimeError):
                self.is_cut_off = True
