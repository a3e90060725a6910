"""The nodes of a cluster as they come and go, watched from a separate thread.

If the head of a cluster is lost, it takes a minute to find out. The sweep must not wait for that.
"""

from __future__ import annotations

import threading

from ray.exceptions import RayError

from sweep.engine.ray import connection
from sweep.engine.ray.sizes import Node

SECONDS_BETWEEN_LOOKS = 3.0


class Lookout:
    """Looks at the nodes of the cluster that this process is connected to."""

    def __init__(self) -> None:
        self.nodes: list[Node] = connection.nodes()
        """The nodes at the last look."""
        self.is_cut_off = False
        """Whether this machine is no longer in the cluster, or the cluster does not answer."""
        self._own = connection.own_node()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread, without waiting for a head that does not answer."""
        self._is_over.set()
        self._thread.join(0.1)

    def _look(self) -> None:
        while not self._is_over.wait(SECONDS_BETWEEN_LOOKS):
            try:
                self.nodes = connection.nodes()
                self.is_cut_off = all(node.id != self._own for node in self.nodes)
            except (RayError, RuntimeError):
                self.is_cut_off = True
